import { createHmac, timingSafeEqual } from 'node:crypto'
import { group, text } from '../find.ts'
import type { Dialect, ForeignAnswer } from '../types.ts'

const WINDOW_MS = 10 * 60_000

export interface SignedDialectOptions {
  clientId: string
  secret: string
  now: () => number
}

const failure = (status: number, code: string, msg: string): ForeignAnswer => ({
  status,
  body: { code, msg, data: null },
})

/**
 * Data-portal style: client id, time in milliseconds and nonce are signed with a shared secret,
 * `X-Signature` = Base64(HMAC-SHA256(secret, id + time + nonce)); a nonce is good once within ten minutes.
 */
export function createSignedDialect({ clientId, secret, now }: SignedDialectOptions): Dialect {
  const nonces = new Map<string, number>()

  function authentic(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
    const [id, time, nonce, signature] = ['x-client-id', 'x-timestamp', 'x-nonce', 'x-signature'].map((name) =>
      text(headers[name]),
    )
    const atMs = Number(time)
    if (id !== clientId || !nonce || !signature || !(Math.abs(now() - atMs) <= WINDOW_MS)) return false
    const expected = createHmac('sha256', secret).update(`${id}${time}${nonce}`).digest()
    const given = Buffer.from(signature, 'base64')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false
    for (const [old, until] of nonces) if (until < now()) nonces.delete(old)
    if (nonces.has(nonce)) return false
    nonces.set(nonce, now() + 2 * WINDOW_MS)
    return true
  }

  return {
    answer({ path, headers, body }, registers, spoil) {
      if (!authentic(headers)) return failure(401, '401', '签名校验失败')
      const register = registers[path]
      if (!register) return failure(404, '404', '服务不存在')
      const finding = register(group(body))
      if (finding.kind !== 'rows') return failure(400, '4001', '参数不完整')
      const spoilt = spoil(finding.rows)
      return { status: 200, body: { code: '00', msg: '成功', count: spoilt.length, datas: spoilt } }
    },
  }
}
