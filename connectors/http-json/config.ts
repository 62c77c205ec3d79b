import { DATE_FORMS, type DateForm } from '../values/dates.ts'
import { type AnswerConfig, answerSchemas } from '../values/outcome.ts'
import { type RowConfig, rowSchemas } from '../values/row-reader.ts'
import type { JsonTemplate } from '../values/template.ts'

export interface RequestTemplate {
  method?: 'POST' | 'GET'
  path: string
  query?: Record<string, string>
  headers?: Record<string, string>
  /** JSON body. */
  body?: JsonTemplate
  /** `application/x-www-form-urlencoded` body, for sources that take no JSON. */
  form?: Record<string, string>
}

export type Paging =
  | { kind: 'page'; size: number; first?: number; total?: string; maxPages?: number }
  | { kind: 'cursor'; next: string; maxPages?: number }

export interface Signing {
  kind: 'none' | 'hmac-sha256'
  /** Header the signature goes into. */
  header?: string
  /** Name in the endpoint's `secret`. */
  secret?: string
  /** Text signed; beside the usual placeholders `{{method}}`, `{{path}}` (with query), `{{body}}`, `{{bodySha256}}`. */
  text?: string
  encoding?: 'hex' | 'base64'
}

/** A dataset read from an HTTP service that speaks JSON, in whatever envelope it uses. */
export interface HttpJsonConfig extends RowConfig, AnswerConfig {
  /** Name of the endpoint in the installation's configuration; its URL is `http(s)://host[:port][/base]`. */
  endpoint: string
  request: RequestTemplate
  /** What the source writes in when it does not say; `gb18030` covers GBK and GB2312. */
  charset?: 'utf-8' | 'gb18030'
  paging?: Paging
  asOf?: { path: string; form: DateForm }
  signing?: Signing
  /** Path of a cheap GET for `guanyi doctor`; `/` by default, any answer below 500 will do. */
  probePath?: string
  maxRows?: number
  maxBytes?: number
}

export const MAX_ROWS = 2_000
export const MAX_BYTES = 1024 * 1024
export const MAX_PAGES = 20

const text = { type: 'string', minLength: 1 } as const
const path = { type: 'string', maxLength: 200 } as const
const texts = { type: 'object', additionalProperties: { type: 'string' } } as const
const pages = { type: 'integer', minimum: 1, maximum: 1_000 } as const
const dateForm = { enum: [...DATE_FORMS] }

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    endpoint: text,
    request: {
      type: 'object',
      properties: {
        method: { enum: ['POST', 'GET'] },
        path: { type: 'string', pattern: '^/[^?#]*$' },
        query: texts,
        headers: {
          type: 'object',
          propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" },
          additionalProperties: { type: 'string' },
        },
        body: {},
        form: texts,
      },
      required: ['path'],
      additionalProperties: false,
    },
    charset: { enum: ['utf-8', 'gb18030'] },
    ...answerSchemas,
    ...rowSchemas,
    paging: {
      oneOf: [
        {
          type: 'object',
          properties: {
            kind: { const: 'page' },
            size: { type: 'integer', minimum: 1, maximum: 10_000 },
            first: { enum: [0, 1] },
            total: path,
            maxPages: pages,
          },
          required: ['kind', 'size'],
          additionalProperties: false,
        },
        {
          type: 'object',
          properties: { kind: { const: 'cursor' }, next: path, maxPages: pages },
          required: ['kind', 'next'],
          additionalProperties: false,
        },
      ],
    },
    asOf: {
      type: 'object',
      properties: { path, form: dateForm },
      required: ['path', 'form'],
      additionalProperties: false,
    },
    signing: {
      oneOf: [
        { type: 'object', properties: { kind: { const: 'none' } }, required: ['kind'], additionalProperties: false },
        {
          type: 'object',
          properties: {
            kind: { const: 'hmac-sha256' },
            header: text,
            secret: text,
            text,
            encoding: { enum: ['hex', 'base64'] },
          },
          required: ['kind', 'header', 'secret', 'text'],
          additionalProperties: false,
        },
      ],
    },
    probePath: { type: 'string', pattern: '^/' },
    maxRows: { type: 'integer', minimum: 1, maximum: 100_000 },
    maxBytes: { type: 'integer', minimum: 1_024, maximum: 64 * 1024 * 1024 },
  },
  required: ['endpoint', 'request', 'records'],
  additionalProperties: false,
} as const
