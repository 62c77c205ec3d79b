import { timingSafeEqual } from 'node:crypto'
import type { CryptoProvider } from '../../ports/crypto.ts'

/** The requester: a UUID, sometimes with a number behind it. */
export const RID = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(@[0-9]{1,6})?$/
/** The service: `s_<body>_<n>`. */
export const SID = /^s_[0-9A-Za-z_]{1,80}$/
/** Milliseconds since the epoch; thirteen digits, so that no digit can move between the three signed texts. */
const RTIME = /^[0-9]{13}$/
const SIGN = /^[A-Za-z0-9+/]{43}=$/

/** The four headers every call of the dialect carries. */
export interface Marks {
  rid: string
  sid: string
  rtime: string
  sign: string
}

/** `undefined` when one is missing, given twice, or not of its form. Source: appendix C, DIA-01. */
export function readMarks(header: (name: string) => string | undefined): Marks | undefined {
  const [rid, sid, rtime, sign] = ['rid', 'sid', 'rtime', 'sign'].map((name) => header(`gjgxjhpt_${name}`) ?? '') as [
    string,
    string,
    string,
    string,
  ]
  return RID.test(rid) && SID.test(sid) && RTIME.test(rtime) && SIGN.test(sign) ? { rid, sid, rtime, sign } : undefined
}

/** True when the holder of the secret signed: Base64(HMAC-SHA-256(secret, sid + rid + rtime)). */
export function isSignedWith(crypto: CryptoProvider, secret: Buffer, { rid, sid, rtime, sign }: Marks): boolean {
  const want = crypto.mac('SHA-256', { id: 'dialect', bytes: secret }, `${sid}${rid}${rtime}`)
  const given = Buffer.from(sign, 'base64')
  return given.length === want.length && timingSafeEqual(given, want)
}

/**
 * The request id of a call. The body is not in it, because the signature does not cover the body: whoever sees the
 * headers once could otherwise send them again with a question of their own. The signature itself is not in it either:
 * kept for a day, it would let a reader of the database try secrets at leisure.
 */
export const requestIdOf = (crypto: CryptoProvider, { rid, sid, rtime }: Marks): string =>
  crypto.digestBase64url('SHA-256', `gjgxjhpt ${rid} ${sid} ${rtime}`)
