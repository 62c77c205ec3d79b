import { type RowConfig, rowSchemas } from '../values/row-reader.ts'

/** A dataset delivered as CSV files into a drop folder, each with a manifest. */
export interface FileCsvConfig extends RowConfig {
  /** Name of the endpoint in the installation's configuration; its URL is `file:///folder`, the only place read. */
  endpoint: string
  /** Folder within the endpoint's. */
  folder?: string
  /** Input → column it is compared with; the first is the one rows are found by. */
  keys: Record<string, string>
  delimiter?: ',' | ';' | '|' | '\t'
  /** A newest delivery older than this is `provider.contract`. */
  maxAgeDays?: number
  /** Data files up to this size are kept in memory; larger ones are read through for each question. */
  indexMaxBytes?: number
  maxBytes?: number
  maxRows?: number
}

export const MAX_ROWS = 2_000
/** Kept in memory, a file takes about four times its size (measured: 32 MiB, 316,000 rows, 117 MiB), twice that while it is replaced. */
export const INDEX_MAX_BYTES = 16 * 1024 * 1024
export const MAX_BYTES = 2 * 1024 * 1024 * 1024

const text = { type: 'string', minLength: 1 } as const

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    endpoint: text,
    folder: { type: 'string', pattern: '^(?!.*\\.\\.)[\\w\\u4e00-\\u9fff][\\w./\\u4e00-\\u9fff-]*$' },
    keys: { type: 'object', minProperties: 1, additionalProperties: text },
    delimiter: { enum: [',', ';', '|', '\t'] },
    maxAgeDays: { type: 'integer', minimum: 1 },
    indexMaxBytes: { type: 'integer', minimum: 0, maximum: 256 * 1024 * 1024 },
    maxBytes: { type: 'integer', minimum: 1, maximum: 16 * 1024 * 1024 * 1024 },
    maxRows: { type: 'integer', minimum: 1, maximum: 100_000 },
    ...rowSchemas,
  },
  required: ['endpoint', 'keys'],
  additionalProperties: false,
} as const
