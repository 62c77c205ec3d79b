import { createHmac } from 'node:crypto'

/** The four members every call carries, as headers or, when refreshing, in the body. */
export interface ExchangeMarks {
  gjgxjhpt_rid: string
  gjgxjhpt_sid: string
  gjgxjhpt_rtime: string
  gjgxjhpt_sign: string
}

/**
 * Signs one call: Base64(HMAC-SHA-256(secret, sid + rid + rtime)).
 *
 * The dialect binds neither path nor body: whoever can change a request on its way can change what it asks. The channel
 * has to keep it (appendix C, lesson 1).
 *
 * Source: vector DIA-01; the order of concatenation is from public client code, not from an official text.
 */
export function signMarks(rid: string, sid: string, nowMs: number, secret: string): ExchangeMarks {
  const rtime = String(nowMs)
  const sign = createHmac('sha256', secret).update(sid).update(rid).update(rtime).digest('base64')
  return { gjgxjhpt_rid: rid, gjgxjhpt_sid: sid, gjgxjhpt_rtime: rtime, gjgxjhpt_sign: sign }
}
