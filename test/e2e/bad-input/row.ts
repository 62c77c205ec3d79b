import type { Jwk } from '../../../gateway/adapters/crypto/jwk.ts'
import type { Call } from '../../support/wire.ts'

/** What the table needs of the running gateway. */
export interface Tools {
  key: Jwk
  /** The enrolment request as a signed payload, changed. */
  payload(change?: Record<string, unknown>): Record<string, unknown>
  /** A signed query over whatever the payload is. */
  signed(payload: unknown, header?: Record<string, unknown>): Promise<Call>
  /** A query with an access token; the body as given. */
  plain(body: string | Buffer, headers?: Record<string, string>): Promise<Call>
  /** The members of a plain request. */
  members(change?: Record<string, unknown>): Record<string, unknown>
  key_of(system: string): Jwk
  token: string
}

export interface Row {
  name: string
  make: (t: Tools) => Promise<Call> | Call
  status: number
  code: string
  /** `sender`: established, so recorded. `stranger`: counted only. */
  by: 'sender' | 'stranger'
  rule?: string
}

export const sender = (name: string, status: number, code: string, make: Row['make'], rule?: string): Row => ({
  name,
  make,
  status,
  code,
  by: 'sender',
  ...(rule !== undefined && { rule }),
})
export const stranger = (name: string, status: number, code: string, make: Row['make']): Row => ({
  name,
  make,
  status,
  code,
  by: 'stranger',
})
export const badMember = (name: string, change: Record<string, unknown>, rule?: string): Row =>
  sender(name, 400, 'request.malformed', (t) => t.signed(t.payload(change)), rule)

export const person = { type: 'person', idType: 'resident-id' } as const
export const full = (text: string): string =>
  text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
export const grouped = (id: string): string => `${id.slice(0, 6)} ${id.slice(6, 14)} ${id.slice(14)}`
export const nowS = (): number => Math.floor(Date.now() / 1000)
/** The payload with one member written a second time. */
export const twice = (payload: Record<string, unknown>, member: string): string =>
  `${JSON.stringify(payload).slice(0, -1)},${JSON.stringify(member)}:${JSON.stringify(payload[member])}}`
