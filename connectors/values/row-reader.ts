import { contractBroken } from '../failures.ts'
import { DATE_FORMS, type DateForm, readDate } from './dates.ts'
import { fromText, PLAIN_BOOLEANS } from './from-text.ts'
import { valueAt } from './path.ts'

/** How a source names and writes its fields; part of the config of every kind that reads rows by name. */
export interface RowConfig {
  /** Source name (dotted path within a row) → field id, where they differ. */
  fieldMap?: Record<string, string>
  /** Field id → source code → our code. A code that is not listed is `contract`. */
  codes?: Record<string, Record<string, string | boolean>>
  /** Field id → how the source writes it. */
  dates?: Record<string, DateForm>
  /** Field id → how the source writes a number: digits in a string, or yuan with up to two decimals for a field in fen. */
  numbers?: Record<string, 'text' | 'yuan'>
}

const text = { type: 'string', minLength: 1 } as const
export const rowSchemas = {
  fieldMap: { type: 'object', additionalProperties: text },
  codes: {
    type: 'object',
    additionalProperties: {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'string' }, { type: 'boolean' }] },
    },
  },
  dates: { type: 'object', additionalProperties: { enum: [...DATE_FORMS] } },
  numbers: { type: 'object', additionalProperties: { enum: ['text', 'yuan'] } },
} as const

export interface RowReader {
  /** The source's names of the wanted fields. */
  sourceNames(wanted: readonly string[]): string[]
  /** Keeps the wanted fields of one row, in our names and forms. A field the row lacks stays absent. */
  read(row: Record<string, unknown>, wanted: readonly string[]): Record<string, unknown>
}

export interface RowReaderOptions {
  /** The source knows no types (XML, CSV): text is read by the field's declared type. */
  texts?: boolean
}

/**
 * Prepares the translation of a source's rows.
 *
 * Errors: throws when a map names a field the dataset does not have, one field twice, or a date form for what is no date.
 */
export function createRowReader(
  config: RowConfig,
  fields: readonly { id: string; type: string }[],
  { texts = false }: RowReaderOptions = {},
): RowReader {
  const types = new Map(fields.map(({ id, type }) => [id, type]))
  const targets = Object.values(config.fieldMap ?? {})
  const named = [...targets, ...[config.codes, config.dates, config.numbers].flatMap((map) => Object.keys(map ?? {}))]
  const unknown = named.filter((field) => !types.has(field))
  if (unknown.length > 0) throw new Error(`config names unknown fields: ${[...new Set(unknown)].join(', ')}`)
  if (new Set(targets).size < targets.length) throw new Error('fieldMap names a field twice')
  for (const field of Object.keys(config.dates ?? {})) {
    if (!['date', 'month'].includes(types.get(field) ?? '')) throw new Error(`dates: \`${field}\` is no date or month`)
  }
  for (const field of Object.keys(config.numbers ?? {})) {
    if (types.get(field) !== 'integer') throw new Error(`numbers: \`${field}\` is no integer`)
  }
  const sources = new Map(Object.entries(config.fieldMap ?? {}).map(([source, field]) => [field, source]))
  const sourceOf = (field: string) => sources.get(field) ?? field

  return {
    sourceNames: (wanted) => wanted.map(sourceOf),
    read(row, wanted) {
      const record: Record<string, unknown> = {}
      for (const field of wanted) {
        const value = valueAt(row, sourceOf(field))
        if (value === undefined) continue
        const type = types.get(field) ?? 'string'
        const converted = convert(value, field, type, config)
        record[field] = texts && converted === value ? untyped(value, type) : converted
      }
      return record
    },
  }
}

function convert(value: unknown, field: string, type: string, { codes, dates, numbers }: RowConfig): unknown {
  if (value === null) return null
  const codeMap = codes?.[field]
  const dateForm = dates?.[field]
  const numberForm = numbers?.[field]
  // Many sources write "no value" as an empty string; for a code, date or number it can mean nothing else.
  if (value === '' && (codeMap ?? dateForm ?? numberForm) !== undefined) return null
  if (codeMap !== undefined) return ourCode(value, field, codeMap)
  if (dateForm !== undefined) return readDate(value, dateForm as DateForm, type as 'date' | 'month') ?? value
  if (numberForm !== undefined) return (numberForm === 'yuan' ? fenOfYuan(value) : digits(value)) ?? value
  if (typeof value === 'number') assertNothingLost(value, field, type)
  return value
}

function untyped(value: unknown, type: string): unknown {
  if (typeof value !== 'string') return value
  return value === '' && type !== 'string' ? null : fromText(value, type, PLAIN_BOOLEANS)
}

function ourCode(value: unknown, field: string, map: Record<string, string | boolean>): string | boolean {
  const key = typeof value === 'object' ? '' : String(value)
  const ours = Object.hasOwn(map, key) ? map[key] : undefined
  if (ours === undefined) throw contractBroken(`field \`${field}\` has a code that is not listed`)
  return ours
}

/** A number where text is declared may be an identifier that lost its zeros or last digits: not ours to restore. */
function assertNothingLost(value: number, field: string, type: string): void {
  if (type !== 'integer' && type !== 'boolean') throw contractBroken(`field \`${field}\` is a JSON number`)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw contractBroken(`field \`${field}\` is too large`)
}

function digits(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'string' || !/^-?\d{1,16}$/.test(value.trim())) return undefined
  return Number.isSafeInteger(Number(value)) ? Number(value) : undefined
}

/** Counted on the decimal text, because 12.34 × 100 is not 1234 in binary. */
function fenOfYuan(value: unknown): number | undefined {
  // A list of one amount would read like the amount: only text and numbers are looked at.
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  const match = /^(-?)(\d{1,13})(?:\.(\d{1,2})0*)?$/.exec(String(value).trim())
  if (match === null) return undefined
  const [, sign = '', yuan = '', cents = ''] = match
  return Number(`${sign}${yuan}${cents.padEnd(2, '0')}`) || 0
}
