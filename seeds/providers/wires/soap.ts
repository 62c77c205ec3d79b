import { createHash, timingSafeEqual } from 'node:crypto'
import { XMLParser } from 'fast-xml-parser'
import { group, text } from '../find.ts'
import type { Wire } from '../types.ts'

const parser = new XMLParser({ removeNSPrefix: true, parseTagValue: false, ignoreAttributes: true, trimValues: true })
const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/'

export interface SoapWireOptions {
  namespace: string
  /** The one login that may ask, proved by a digest (WSS UsernameToken). */
  user: string
  password: string
}

/**
 * SOAP 1.1, document style: the operation's members in, `<operationResponse>` out. A list becomes rows of `<row>`.
 *
 * Errors: `read` throws where there is no envelope or the token does not fit, and the service answers 400.
 */
export function createSoapWire({ namespace, user, password }: SoapWireOptions): Wire {
  return {
    type: 'text/xml; charset=utf-8',
    read(xml) {
      const envelope = group(group(parser.parse(xml)).Envelope)
      const token = group(group(group(envelope.Header).Security).UsernameToken)
      if (text(token.Username) !== user || !digestFits(token, password)) throw new Error('not authentic')
      const [operation] = Object.entries(group(envelope.Body))
      if (operation === undefined) throw new Error('no operation')
      return { operation: operation[0], ...group(operation[1]) }
    },
    write: (body) =>
      `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ENVELOPE}"><s:Body>` +
      `<n:queryResponse xmlns:n="${namespace}">${members(body)}</n:queryResponse></s:Body></s:Envelope>`,
  }
}

/** Source: WSS UsernameToken Profile 1.0 §3.1. */
function digestFits(token: Readonly<Record<string, unknown>>, password: string): boolean {
  const nonce = Buffer.from(text(token.Nonce), 'base64')
  const want = createHash('sha1').update(nonce).update(text(token.Created)).update(password).digest()
  const given = Buffer.from(text(token.Password), 'base64')
  return given.length === want.length && timingSafeEqual(given, want)
}

const members = (body: Readonly<Record<string, unknown>>): string =>
  Object.entries(body)
    .map(([name, value]) => (value === null || value === undefined ? '' : `<n:${name}>${content(value)}</n:${name}>`))
    .join('')

function content(value: unknown): string {
  if (Array.isArray(value)) return value.map((row) => `<n:row>${content(row)}</n:row>`).join('')
  if (typeof value === 'object' && value !== null) return members(value as Record<string, unknown>)
  return String(value).replace(/[<>&]/g, (one) => `&#${one.charCodeAt(0)};`)
}
