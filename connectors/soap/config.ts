import { DATE_FORMS, type DateForm } from '../values/dates.ts'
import { type AnswerConfig, answerSchemas, OUTCOMES, type Outcome } from '../values/outcome.ts'
import { type RowConfig, rowSchemas } from '../values/row-reader.ts'
import type { JsonTemplate } from '../values/template.ts'

/** A dataset read from a SOAP 1.1 or 1.2 service. */
export interface SoapConfig extends AnswerConfig, RowConfig {
  /** Name of the endpoint in the installation's configuration; its URL is `http(s)://host[:port][/base]`. */
  endpoint: string
  /** Added to the endpoint's URL. */
  path?: string
  version?: '1.1' | '1.2'
  /** Template style: what stands in the Body (and Header), as XML with placeholders. */
  template?: { body: string; header?: string; action?: string }
  /** WSDL style: the request is written by the description, a file of the catalogue's `wsdl/` folder. */
  wsdl?: { file: string; operation: string; arguments: { [name: string]: JsonTemplate } }
  /** WS-Security UsernameToken; names of members of the endpoint's `secret`. */
  security?: { user: string; password: string; type?: 'text' | 'digest' }
  /** Fault code without its prefix → outcome. Otherwise `Server` and `Receiver` are unreachable, the rest contract. */
  faults?: Record<string, Outcome>
  /** Many services answer one string that holds another document: where it is, and what it is written in. */
  embedded?: { path: string; format: 'xml' | 'json' }
  charset?: 'utf-8' | 'gb18030'
  asOf?: { path: string; form: DateForm }
  maxRows?: number
  maxBytes?: number
}

export const MAX_ROWS = 2_000
/** Reading takes about 0.2 s per MiB on one core. */
export const MAX_BYTES = 1024 * 1024

const text = { type: 'string', minLength: 1 } as const
const path = { type: 'string', maxLength: 200 } as const

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    endpoint: text,
    path: { type: 'string', pattern: '^/[^#]*$' },
    version: { enum: ['1.1', '1.2'] },
    template: {
      type: 'object',
      properties: { body: text, header: text, action: { type: 'string', pattern: '^[!#-\\[\\]-~]*$' } },
      required: ['body'],
      additionalProperties: false,
    },
    wsdl: {
      type: 'object',
      properties: {
        file: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]*\\.wsdl$' },
        operation: { type: 'string', pattern: '^[A-Za-z_][\\w.-]*$' },
        arguments: { type: 'object' },
      },
      required: ['file', 'operation', 'arguments'],
      additionalProperties: false,
    },
    security: {
      type: 'object',
      properties: { user: text, password: text, type: { enum: ['text', 'digest'] } },
      required: ['user', 'password'],
      additionalProperties: false,
    },
    faults: { type: 'object', additionalProperties: { enum: [...OUTCOMES] } },
    embedded: {
      type: 'object',
      properties: { path, format: { enum: ['xml', 'json'] } },
      required: ['path', 'format'],
      additionalProperties: false,
    },
    charset: { enum: ['utf-8', 'gb18030'] },
    ...answerSchemas,
    ...rowSchemas,
    asOf: {
      type: 'object',
      properties: { path, form: { enum: [...DATE_FORMS] } },
      required: ['path', 'form'],
      additionalProperties: false,
    },
    maxRows: { type: 'integer', minimum: 1, maximum: 100_000 },
    maxBytes: { type: 'integer', minimum: 1_024, maximum: 16 * 1024 * 1024 },
  },
  required: ['endpoint', 'records'],
  oneOf: [
    { properties: { template: true }, required: ['template'] },
    { properties: { wsdl: true }, required: ['wsdl'] },
  ],
  additionalProperties: false,
} as const
