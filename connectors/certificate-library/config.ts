import { type HttpJsonConfig, configSchema as httpJsonSchema } from '../http-json/config.ts'
import type { JsonTemplate } from '../values/template.ts'

export const OPERATIONS = ['by-holder', 'by-number', 'state-by-number'] as const
export type Operation = (typeof OPERATIONS)[number]

/** A type of certificate read from an electronic licence library (证照库). */
export interface CertificateLibraryConfig extends Omit<HttpJsonConfig, 'request' | 'records' | 'paging' | 'asOf'> {
  /** 证照类型代码. */
  typeCode: string
  operation: Operation
  /** Path of the operation; the customary one when absent. */
  path?: string
  /** Names of the dataset's inputs. */
  inputs?: { holder?: string; number?: string }
  /** 持证主体代码类型 per subject type (GB/T 36903). */
  holderTypes?: Record<string, string>
  /** Body, where the library wants another than the customary one; must tell it item and use reason. */
  body?: JsonTemplate
  records?: HttpJsonConfig['records']
}

export const PATHS: Readonly<Record<Operation, string>> = {
  'by-holder': '/licence/by-holder',
  'by-number': '/licence/by-number',
  'state-by-number': '/licence/state',
}

/** Fields a question for state and validity may have: none of the face. */
export const STATE_FIELDS: readonly string[] = [
  'certificateNumber',
  'state',
  'validFrom',
  'validUntil',
  'typeName',
  'issuer',
]

export const HOLDER_TYPES: Readonly<Record<string, string>> = { person: '111', organisation: '001' }

/** Success, and the customary refusals (R114): our credentials, no right to the type, wrong holder type. */
export const OUTCOME: NonNullable<HttpJsonConfig['outcome']> = {
  path: 'status',
  codes: { '0': 'ok', '10': 'not-found', '11': 'unreachable', '100': 'contract', '103': 'contract' },
}

/** The customary envelope: access pair, data, and a use reason without which nothing is answered (R105). */
export const BODY: JsonTemplate = {
  accessId: '{{secret.accessId}}',
  accessToken: '{{secret.accessToken}}',
  requestId: '{{uuid}}',
  useReason: '{{caller.purpose}}',
  data: {
    typeCode: '{{typeCode}}',
    holderType: '{{holderType}}',
    holderNumber: '{{holderNumber}}',
    licenceNumber: '{{licenceNumber}}',
    itemCode: '{{caller.item.id}}',
    itemName: '{{caller.item.name}}',
    caseNo: '{{caller.case}}',
    unit: '{{caller.organisation.uscc}}',
    unitName: '{{caller.organisation.name}}',
    officer: '{{caller.officer.id}}',
  },
}

const text = { type: 'string', minLength: 1 } as const
const { request: _request, paging: _paging, asOf: _asOf, ...properties } = httpJsonSchema.properties
export const configSchema = {
  ...httpJsonSchema,
  properties: {
    ...properties,
    typeCode: { type: 'string', pattern: '^[0-9A-Z]{1,32}$' },
    operation: { enum: [...OPERATIONS] },
    path: { type: 'string', pattern: '^/[^?#]*$' },
    inputs: { type: 'object', properties: { holder: text, number: text }, additionalProperties: false },
    holderTypes: { type: 'object', additionalProperties: { type: 'string', pattern: '^[0-9]{3}$' } },
    body: { type: 'object' },
  },
  required: ['endpoint', 'typeCode', 'operation'],
} as const
