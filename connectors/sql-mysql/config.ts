/** A dataset read from a table or view of the MySQL family: MariaDB, MySQL, TiDB, OceanBase. */
export interface SqlMysqlConfig {
  /** Name of the endpoint in the installation's configuration; its URL is `mysql://user:password@host:port/database`. */
  endpoint: string
  /** One query with named parameters, each a declared input of the dataset: `where id_no = :id`. */
  sql: string
  /** Column → field id, where the query does not name them alike. */
  fieldMap?: Record<string, string>
  /** Column with the moment the data is from (`timestamp`, `datetime` in China time, or `date`). */
  asOf?: string
  /** More rows than this are `provider.contract`. */
  maxRows?: number
}

export const MAX_ROWS = 2_000

export const configSchema = {
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
