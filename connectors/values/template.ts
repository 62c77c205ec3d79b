import type { CallerBlock } from '../../gateway/ports/connector.ts'

export type JsonTemplate = string | number | boolean | null | JsonTemplate[] | { [name: string]: JsonTemplate }

/** What a placeholder may name; checked when the catalogue is loaded. */
export interface TemplateScope {
  inputs: readonly string[]
  secrets: readonly string[]
  /** Further names, in the text to be signed: `method`, `path`, `body`, `bodySha256`. */
  extra?: readonly string[]
}

/** What placeholders stand for during one HTTP call. */
export interface TemplateValues {
  inputs: Readonly<Record<string, string>>
  caller: CallerBlock
  secrets: Readonly<Record<string, string>>
  /** Source names of the wanted fields. */
  fields: readonly string[]
  nowMs: number
  uuid: string
  page?: number
  pageSize?: number
  offset?: number
  cursor?: string
  extra?: Readonly<Record<string, string>>
}

type Value = string | number | readonly string[] | undefined

export const CALLER_MEMBERS: Record<string, (caller: CallerBlock) => string | null | undefined> = {
  'organisation.id': ({ organisation }) => organisation.id,
  'organisation.name': ({ organisation }) => organisation.name,
  'organisation.uscc': ({ organisation }) => organisation.uscc,
  'officer.id': ({ officer }) => officer?.id,
  'officer.name': ({ officer }) => officer?.name,
  'officer.unit': ({ officer }) => officer?.unit,
  'item.id': ({ item }) => item?.id,
  'item.name': ({ item }) => item?.name,
  system: (caller) => caller.system,
  scenario: (caller) => caller.scenario,
  case: (caller) => caller.case,
  businessType: (caller) => caller.businessType,
  purpose: (caller) => caller.purpose,
  exchangeId: (caller) => caller.exchangeId,
}

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g
const TIME_FORMAT = /^(?:yyyy|MM|dd|HH|mm|ss|SSS|[-/: T.])+$/
const PLAIN: readonly string[] = ['uuid', 'fields', 'page', 'pageSize', 'offset', 'cursor']
const CHINA_OFFSET_MS = 8 * 3_600_000

/** Names of all placeholders in a text. Errors: throws on a name that is not in the scope and on stray braces. */
export function placeholdersIn(text: string, scope: TemplateScope): string[] {
  const names = [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '')
  if (/\{\{|\}\}/.test(text.replace(PLACEHOLDER, ''))) throw new Error('template has stray `{{` or `}}`')
  for (const name of names) if (!isKnown(name, scope)) throw new Error(`template names unknown \`{{${name}}}\``)
  return names
}

/** All strings of a JSON template; object names are not templates. */
export function stringsOf(template: JsonTemplate): string[] {
  if (typeof template === 'string') return [template]
  if (typeof template !== 'object' || template === null) return []
  return Object.values(template).flatMap(stringsOf)
}

/** Fills one text. `undefined` when it is a single placeholder without a value; elsewhere such a one is empty. */
export function fillText(
  text: string,
  values: TemplateValues,
  encode: (value: string) => string = (value) => value,
): string | undefined {
  const sole = soleName(text)
  if (sole !== undefined && resolve(sole, values) === undefined) return undefined
  return text.replace(PLACEHOLDER, (_whole, name: string) => encode(asText(resolve(name, values))))
}

/**
 * Fills a JSON template string by string, so that quotes or braces in a value stay inside their string. A member that
 * is a single placeholder without a value is left out; counters and epoch times become numbers, `{{fields}}` a list.
 */
export function fillJson(template: JsonTemplate, values: TemplateValues): unknown {
  if (typeof template === 'string') {
    const sole = soleName(template)
    return sole === undefined ? fillText(template, values) : resolve(sole, values)
  }
  if (Array.isArray(template)) {
    return template.map((element) => fillJson(element, values)).filter((element) => element !== undefined)
  }
  if (typeof template !== 'object' || template === null) return template
  const members = Object.entries(template).map(([name, member]) => [name, fillJson(member, values)] as const)
  return Object.fromEntries(members.filter(([, member]) => member !== undefined))
}

function soleName(text: string): string | undefined {
  return /^\{\{\s*([^{}]*?)\s*\}\}$/.exec(text)?.[1]
}

function isKnown(name: string, { inputs, secrets, extra = [] }: TemplateScope): boolean {
  if (name.startsWith('input.')) return inputs.includes(name.slice(6))
  if (name.startsWith('secret.')) return secrets.includes(name.slice(7))
  if (name.startsWith('caller.')) return Object.hasOwn(CALLER_MEMBERS, name.slice(7))
  if (name.startsWith('now:')) return /^epoch-m?s$/.test(name.slice(4)) || TIME_FORMAT.test(name.slice(4))
  return PLAIN.includes(name) || extra.includes(name)
}

function resolve(name: string, values: TemplateValues): Value {
  if (name.startsWith('input.')) return values.inputs[name.slice(6)]
  if (name.startsWith('secret.')) return values.secrets[name.slice(7)]
  if (name.startsWith('caller.')) return CALLER_MEMBERS[name.slice(7)]?.(values.caller) ?? undefined
  if (name === 'now:epoch-ms') return values.nowMs
  if (name === 'now:epoch-s') return Math.floor(values.nowMs / 1000)
  if (name.startsWith('now:')) return chinaTime(values.nowMs, name.slice(4))
  if (name === 'fields') return values.fields
  if (name === 'uuid') return values.uuid
  if (name === 'page' || name === 'pageSize' || name === 'offset' || name === 'cursor') return values[name]
  return values.extra?.[name]
}

function asText(value: Value): string {
  return typeof value === 'object' ? value.join(',') : String(value ?? '')
}

/** The present moment in China time; a fixed UTC+8 is right for every moment since 1991. */
function chinaTime(nowMs: number, format: string): string {
  const iso = new Date(nowMs + CHINA_OFFSET_MS).toISOString()
  const parts: Record<string, string> = {
    yyyy: iso.slice(0, 4),
    MM: iso.slice(5, 7),
    dd: iso.slice(8, 10),
    HH: iso.slice(11, 13),
    mm: iso.slice(14, 16),
    ss: iso.slice(17, 19),
    SSS: iso.slice(20, 23),
  }
  return format.replace(/yyyy|MM|dd|HH|mm|ss|SSS/g, (token) => parts[token] ?? token)
}
