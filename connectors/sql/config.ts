/** A dataset read from a table or view of a relational database; the same for every family. */
export interface SqlConfig {
  /** Name of the endpoint in the installation's configuration; the form of its URL is the family's. */
  endpoint: string
  /** One query with named parameters, each a declared input of the dataset: `where id_no = :id`. */
  sql: string
  /** Column → field id, where the query does not name them alike. */
  fieldMap?: Record<string, string>
  /** Column with the moment the data is from: a time stamp (without zone: in China time) or a date. */
  asOf?: string
  /** More rows than this are `provider.contract`. */
  maxRows?: number
}

export const MAX_ROWS = 2_000

export const sqlConfigSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    endpoint: { type: 'string', minLength: 1 },
    sql: { type: 'string', minLength: 1, maxLength: 20_000 },
    fieldMap: { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
    asOf: { type: 'string', minLength: 1 },
    maxRows: { type: 'integer', minimum: 1, maximum: 100_000 },
  },
  required: ['endpoint', 'sql'],
  additionalProperties: false,
} as const
