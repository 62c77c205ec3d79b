import { type RowConfig, rowSchemas } from '../values/row-reader.ts'

/** A dataset of another gateway of this kind, asked as one of its registered systems. */
export interface ExchangePeerConfig extends Pick<RowConfig, 'fieldMap'> {
  /** Name of the endpoint in the installation's configuration; its URL is the peer's data plane. */
  endpoint: string
  /** The peer's own id: `aud` of the request and `iss` of its evidence. */
  gatewayId: string
  /** What this gateway is registered as there. */
  system: string
  /** The peer's name of the dataset. */
  dataset: string
  /** The subject, from this dataset's inputs. */
  subject: { type?: string; idType: string; input: string; nameInput?: string }
  /** The peer's key (`dataset.input`) → this dataset's input. */
  keys?: Record<string, string>
  /** Fixed words of the peer's catalogue, where they differ from ours. */
  scenario?: string
  item?: string
  purpose?: string
  /** Whom we act for there: a fixed member, or `organisation` = the asking department's own id, where both catalogues agree. */
  onBehalfOf?: string
  /** As which member the case's number is sent. */
  caseAs?: 'case' | 'application' | 'none'
  maxBytes?: number
  /** More rows than this are `provider.contract`. */
  maxRows?: number
}

export const MAX_BYTES = 4 * 1024 * 1024
export const MAX_ROWS = 2_000

const text = { type: 'string', minLength: 1 } as const
export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    endpoint: text,
    gatewayId: { type: 'string', pattern: '^[\\x21-\\x7e]{1,64}$' },
    system: text,
    dataset: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,63}$' },
    subject: {
      type: 'object',
      properties: { type: text, idType: text, input: text, nameInput: text },
      required: ['idType', 'input'],
      additionalProperties: false,
    },
    keys: { type: 'object', additionalProperties: text },
    scenario: text,
    item: text,
    purpose: text,
    onBehalfOf: text,
    caseAs: { enum: ['case', 'application', 'none'] },
    fieldMap: rowSchemas.fieldMap,
    maxBytes: { type: 'integer', minimum: 1_024, maximum: 64 * 1024 * 1024 },
    maxRows: { type: 'integer', minimum: 1, maximum: 100_000 },
  },
  required: ['endpoint', 'gatewayId', 'system', 'dataset', 'subject'],
  additionalProperties: false,
} as const
