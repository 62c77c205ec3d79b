import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { LRUCache } from 'lru-cache'
import type { CodeList, DatasetEntry, FieldEntry } from './types.ts'

type CodeLists = ReadonlyMap<string, CodeList>
type Schema = Record<string, unknown>

/** Compiled schemas kept. One costs some 20 kB; an installation uses a few field sets per dataset. */
const REMEMBERED = 1000

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })

const compiled = new LRUCache<string, { schema: Schema; validate: ValidateFunction }>({
  max: REMEMBERED,
  // ajv remembers every schema it compiled for ever; without this the bound above would bound nothing
  dispose: ({ schema }) => void ajv.removeSchema(schema),
})

/** One number per dataset entry and code lists: a reloaded catalogue is new objects, so it never meets an old schema. */
const numbers = new WeakMap<object, number>()
let nextNumber = 0
function numberOf(entry: object): number {
  const known = numbers.get(entry)
  if (known !== undefined) return known
  numbers.set(entry, ++nextNumber)
  return nextNumber
}

/**
 * True for a provider's record that keeps the dataset's contract in the wanted fields.
 *
 * Shape:  `wanted` are source field ids of the dataset; fields beyond them may be present, of any type: they are cut
 *         later, and a source's new column is no reason to stop an exchange (R50).
 * Errors: throws for a wanted field the dataset does not have: the caller resolved names against another catalogue.
 * Source: R77 (every upstream answer is checked), R94 (the schema is generated from the directory's items).
 */
export function answerValidator(
  dataset: DatasetEntry,
  wanted: readonly string[],
  codeLists?: CodeLists,
): (record: unknown) => boolean {
  const fields = [...new Set(wanted)].sort()
  const key = `${numberOf(dataset)} ${codeLists === undefined ? 0 : numberOf(codeLists)} ${fields.join()}`
  const known = compiled.get(key)
  if (known !== undefined) return known.validate

  const schema = answerSchema(dataset, fields, codeLists)
  const validate = ajv.compile(schema)
  compiled.set(key, { schema, validate })
  return validate
}

/**
 * JSON Schema (2020-12) of one provider record, restricted to the wanted fields.
 *
 * A field that is not nullable must be there. Without `codeLists` a coded field is checked as a string only.
 */
export function answerSchema(dataset: DatasetEntry, wanted: readonly string[], codeLists?: CodeLists): Schema {
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  for (const id of wanted) {
    const field = dataset.fields.find((candidate) => candidate.id === id)
    if (field === undefined) throw new Error(`dataset \`${dataset.id}\` has no source field \`${id}\``)
    properties[id] = valueSchema(field, codeLists)
    if (field.nullable !== true) required.push(id)
  }
  return { type: 'object', properties, required }
}

function valueSchema(field: FieldEntry, codeLists: CodeLists | undefined): Schema {
  const type = field.type === 'integer' || field.type === 'boolean' ? field.type : 'string'
  const schema: Schema = { type: field.nullable === true ? [type, 'null'] : type }
  if (field.type === 'date') schema.pattern = '^[0-9]{8}$'
  if (field.type === 'month') schema.pattern = '^[0-9]{6}$'
  if (field.type === 'integer') {
    // beyond it a double no longer holds the integer that the source sent
    schema.minimum = Number.MIN_SAFE_INTEGER
    schema.maximum = Number.MAX_SAFE_INTEGER
  }
  if (field.type === 'string' && field.maxLength !== undefined) schema.maxLength = field.maxLength
  const codes = field.codeList === undefined ? undefined : codeLists?.get(field.codeList)
  if (codes !== undefined) schema.enum = [...Object.keys(codes.codes), ...(field.nullable === true ? [null] : [])]
  return schema
}
