import { isUtf8 } from 'node:buffer'
import type { CryptoProvider, SigningKey, VerificationKey } from '../ports/crypto.ts'
import { isCanonicalBase64url } from './base64url.ts'

const MAX_HEADER_BYTES = 4096
const MAX_KID = 256
const DOT = 0x2e

export type JwsFault = 'parts' | 'encoding' | 'header-size' | 'header' | 'alg' | 'kid' | 'typ' | 'crit' | 'b64'

/** The text is no compact JWS we read. The message names the fault and quotes nothing. */
export class JwsFormatError extends Error {
  override readonly name = 'JwsFormatError'
  constructor(readonly fault: JwsFault) {
    super(`not a compact JWS: \`${fault}\``)
  }
}

export interface JwsHeader {
  alg: string
  kid: string
  typ?: string
  [further: string]: unknown
}

export interface CompactJws {
  header: JwsHeader
  payloadBytes: Buffer
  /** What was signed: a view of the received bytes, not a copy. */
  signingInput: Buffer
  signature: Buffer
}

/**
 * Takes a compact JWS apart. Nothing is believed yet: the signature is for `verifyCompactJws`.
 *
 * Shape:  exactly three non-empty parts in canonical base64url; the header a JSON object of at most 4 KiB with text `alg` and `kid`.
 *         `crit` is refused whatever it names, and so is an unencoded payload (RFC 7797): we know no extension.
 * Errors: `JwsFormatError`.
 * Source: RFC 7515 §3.1, §4, §5.2.
 */
export function parseCompactJws(bytes: Buffer): CompactJws {
  const first = bytes.indexOf(DOT)
  const second = bytes.indexOf(DOT, first + 1)
  if (first < 1 || second <= first + 1 || second === bytes.length - 1 || bytes.includes(DOT, second + 1))
    throw new JwsFormatError('parts')
  if (first > Math.ceil((MAX_HEADER_BYTES * 4) / 3)) throw new JwsFormatError('header-size')
  return {
    header: parseHeader(decodePart(bytes, 0, first)),
    payloadBytes: decodePart(bytes, first + 1, second),
    signingInput: bytes.subarray(0, second),
    signature: decodePart(bytes, second + 1, bytes.length),
  }
}

/** Latin-1 keeps every byte apart, so that nothing outside the alphabet is folded into it. */
function decodePart(bytes: Buffer, start: number, end: number): Buffer {
  const text = bytes.toString('latin1', start, end)
  if (!isCanonicalBase64url(text)) throw new JwsFormatError('encoding')
  return Buffer.from(text, 'base64url')
}

function parseHeader(bytes: Buffer): JwsHeader {
  const header = isUtf8(bytes) ? parseObject(bytes.toString('utf8')) : undefined
  if (!header) throw new JwsFormatError('header')
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || alg === '') throw new JwsFormatError('alg')
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID) throw new JwsFormatError('kid')
  if (typ !== undefined && typeof typ !== 'string') throw new JwsFormatError('typ')
  if ('crit' in header) throw new JwsFormatError('crit')
  if ('b64' in header && header.b64 !== true) throw new JwsFormatError('b64')
  return header as JwsHeader
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** True when the key signed these bytes under its own algorithm and number; the header never chooses the algorithm. */
export async function verifyCompactJws(
  crypto: CryptoProvider,
  jws: CompactJws,
  key: VerificationKey,
): Promise<boolean> {
  if (jws.header.alg !== key.alg || jws.header.kid !== key.kid) return false
  return crypto.verify(key, jws.signingInput, jws.signature)
}

/** The compact form. `alg` and `kid` come from the key; `header` adds to them (`typ` …). */
export async function signCompactJws(
  crypto: CryptoProvider,
  key: SigningKey,
  header: Readonly<Record<string, unknown>>,
  payload: Uint8Array | string,
): Promise<string> {
  const protectedHeader = base64url(JSON.stringify({ ...header, alg: key.alg, kid: key.kid }))
  const signingInput = `${protectedHeader}.${base64url(payload)}`
  const signature = await crypto.sign(key, Buffer.from(signingInput, 'latin1'))
  return `${signingInput}.${signature.toString('base64url')}`
}

function base64url(data: Uint8Array | string): string {
  if (typeof data === 'string') return Buffer.from(data, 'utf8').toString('base64url')
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64url')
}
