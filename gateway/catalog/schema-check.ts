import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { pointerOf } from './fault.ts'
import { KINDS, type Kind } from './kinds.ts'

export interface SchemaFault {
  pointer: string
  rule: 'schema'
  zh: string
  en: string
}

/** By their text: one process checks several folders against the same schemas, and compiling costs more than checking. */
const compiled = new Map<string, ValidateFunction>()

/** Compiles `<dir>/<kind>.schema.json` of every kind. A schema that does not compile throws: it is ours, not the data's. */
export async function loadKindSchemas(dir: string): Promise<Record<Kind, ValidateFunction>> {
  // one for all that are new: every instance compiles the meta-schema once more (some 40 ms each, measured)
  const ajv = newAjv()
  const load = async (kind: Kind) => {
    const text = await readFile(join(dir, `${kind}.schema.json`), 'utf8')
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object)
    compiled.set(text, validate)
    return [kind, validate] as const
  }
  return Object.fromEntries(await Promise.all(KINDS.map(load))) as Record<Kind, ValidateFunction>
}

/**
 * Strict, every error, nothing coerced, nothing removed. Data files are checked once, at start: all errors cost nothing.
 * Compiling costs more than the checking it would speed up: without ajv's optimiser and inlining 120 ms instead of 370.
 */
export const newAjv = (): Ajv2020 =>
  new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true, inlineRefs: false, code: { optimize: false } })

/** Every way `content` breaks the schema, each with the pointer of the member that is wrong, missing or too much. */
export function schemaFaults(validate: ValidateFunction, content: unknown): SchemaFault[] {
  if (validate(content)) return []
  const faults = new Map<string, SchemaFault>()
  for (const error of validate.errors ?? []) {
    // `if` only says that the branch below it failed; that branch has said why
    if (error.keyword === 'if' || error.keyword === 'propertyNames') continue
    const pointer = error.instancePath + memberOf(error)
    const said = sentence(error)
    faults.set(`${pointer} ${said.en}`, { pointer, rule: 'schema', ...said })
  }
  return [...faults.values()]
}

function memberOf({ keyword, params, propertyName }: ErrorObject): string {
  const { missingProperty, additionalProperty } = params as Record<string, string | undefined>
  const name =
    keyword === 'required' ? missingProperty : keyword === 'additionalProperties' ? additionalProperty : propertyName
  return name === undefined ? '' : pointerOf([name])
}

const WORDS: Record<string, (params: Record<string, unknown>) => { zh: string; en: string }> = {
  required: () => ({ zh: '缺少必需的成员', en: 'is required' }),
  additionalProperties: () => ({ zh: '不应有这个成员', en: 'is not a member of this kind' }),
  type: ({ type }) => ({ zh: `类型应为 ${type}`, en: `must be of type ${type}` }),
  enum: ({ allowedValues }) => ({ zh: `只能取 ${list(allowedValues)}`, en: `must be one of ${list(allowedValues)}` }),
  const: ({ allowedValue }) => ({ zh: `只能是 ${allowedValue}`, en: `must be ${allowedValue}` }),
  pattern: ({ pattern }) => ({ zh: `格式应为 ${pattern}`, en: `must match ${pattern}` }),
  minLength: ({ limit }) => ({
    zh: limit === 1 ? '不得为空' : `至少 ${limit} 个字符`,
    en: `must have at least ${limit} character(s)`,
  }),
  maxLength: ({ limit }) => ({ zh: `至多 ${limit} 个字符`, en: `must have at most ${limit} characters` }),
  minItems: ({ limit }) => ({ zh: `至少 ${limit} 项`, en: `must have at least ${limit} item(s)` }),
  uniqueItems: ({ i, j }) => ({ zh: `第 ${j} 项与第 ${i} 项重复`, en: `items ${j} and ${i} are the same` }),
  minimum: ({ limit }) => ({ zh: `不得小于 ${limit}`, en: `must not be less than ${limit}` }),
  maximum: ({ limit }) => ({ zh: `不得大于 ${limit}`, en: `must not be more than ${limit}` }),
  minProperties: ({ limit }) => ({ zh: `至少 ${limit} 个成员`, en: `must have at least ${limit} member(s)` }),
  'false schema': () => ({ zh: '此处不得有这个成员', en: 'must not be here' }),
}

function sentence({ keyword, params, message }: ErrorObject): { zh: string; en: string } {
  return (
    WORDS[keyword]?.(params as Record<string, unknown>) ?? {
      zh: `不符合 ${keyword} 的规定`,
      en: message ?? `breaks ${keyword}`,
    }
  )
}

const list = (values: unknown): string => (Array.isArray(values) ? values.join('、') : String(values))
