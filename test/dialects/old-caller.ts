import { createHmac } from 'node:crypto'
import { type Answered, call } from '../support/wire.ts'

/** What an old caller is given: nothing of this gateway but an address. Signs as public client code does. */
export interface OldCaller {
  url: string
  path?: string
  rid: string
  sid: string
  secret: string
}

let lastMs = 0
/** A time of its own for every call: two of one millisecond are one call to the gateway. */
export function freshTime(nowMs = Date.now()): number {
  lastMs = Math.max(lastMs + 1, nowMs)
  return lastMs
}

export function marks({ rid, sid, secret }: OldCaller, rtime: number | string): Record<string, string> {
  return {
    gjgxjhpt_rid: rid,
    gjgxjhpt_sid: sid,
    gjgxjhpt_rtime: String(rtime),
    gjgxjhpt_sign: createHmac('sha256', secret).update(`${sid}${rid}${rtime}`).digest('base64'),
  }
}

export interface OldAnswer {
  code: string
  message: string
  data: Record<string, unknown>[] | null
  requestId: string | null
  evidence?: string
}

export async function ask(
  caller: OldCaller,
  body: unknown,
  { headers = marks(caller, freshTime()), type = 'application/json;charset=UTF-8' } = {},
): Promise<Answered & { said: OldAnswer }> {
  const answered = await call(caller.url, {
    path: caller.path ?? '/httpproxy',
    headers: { ...headers, 'content-type': type, accept: 'text/html, image/gif, *; q=.2, */*; q=.2' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { ...answered, said: JSON.parse(answered.text) as OldAnswer }
}
