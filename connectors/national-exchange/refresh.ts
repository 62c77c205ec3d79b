import type { Pool } from 'undici'
import { contractBroken } from '../failures.ts'
import { parseJson } from '../http-json/answer.ts'
import { type Limits, send } from '../network/http-transport.ts'
import { readInstant } from '../values/dates.ts'
import { valueAt } from '../values/path.ts'
import { type SecretCipher, unwrapSecret } from './secret-cipher.ts'
import type { LoginSecret } from './secret-keeper.ts'
import { signMarks } from './signature.ts'

export const REFRESH_PATH = '/sysapi/auth/refreshappsecret'

export interface RefreshOptions {
  pool: Pool
  basePath: string
  rid: string
  sid: string
  code: string
  cipher: SecretCipher
  limits: Limits
  now: () => number
}

/**
 * Asks the platform for the next secret: the four members as JSON, signed with the secret in force.
 *
 * Errors: `provider.*`; a new secret that ends before it begins is `provider.contract`.
 */
export async function refreshSecret(options: RefreshOptions, current: string): Promise<LoginSecret> {
  const { pool, basePath, rid, sid, code, cipher, limits, now } = options
  const request = {
    method: 'POST' as const,
    path: basePath + REFRESH_PATH,
    headers: { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' },
    body: JSON.stringify(signMarks(rid, sid, now(), current)),
  }
  const answer = await send(pool, request, limits, AbortSignal.timeout(limits.timeoutMs))
  if (answer.status !== 200) throw contractBroken(`status ${answer.status}`)
  const body = parseJson(answer)
  if (String(valueAt(body, 'code')) !== '0') throw contractBroken('the platform refused the refresh')
  const wrapped = valueAt(body, 'data.secret')
  const end = valueAt(body, 'data.secretEndTime')
  const endsAtMs = readInstant(end, 'yyyy-MM-dd HH:mm:ss') ?? readInstant(end, 'epoch-ms')
  if (typeof wrapped !== 'string' || endsAtMs === undefined || endsAtMs <= now()) {
    throw contractBroken('the refreshed secret cannot be used')
  }
  try {
    return { secret: unwrapSecret(wrapped, code, cipher), endsAtMs }
  } catch {
    throw contractBroken('the refreshed secret is not wrapped under our code')
  }
}
