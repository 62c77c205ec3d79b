import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { generateJwk, importJwk, importSigningJwk, type Jwk, toPublicJwk } from '../crypto/jwk.ts'
import { lockedWhile, readKeyFile, writeKeyFile } from './key-files.ts'

/** Evidence keys: `next` is published before use, `active` signs, `retired` goes on verifying. */
export type KeyState = 'next' | 'active' | 'retired'

/** A key of ours in its file; `since` = when it came into its state, RFC 3339. */
export type IssuerJwk = Jwk & { state: KeyState; since?: string }

export const ISSUER_FILE = 'issuer.jwks.json'

/** Others keep our JWKS for 300 s (its cache-control); twice that, and nobody meets a key it has not seen. */
export const PUBLISHED_BEFORE_USE_MS = 600_000

export const publicHalf = ({ state: _state, since: _since, ...jwk }: IssuerJwk): Jwk =>
  toPublicJwk(importJwk({ ...jwk }))

/** Checks the content of the issuer's file. Errors: a sentence that names what it lacks, never what it holds. */
export function checkedIssuerKeys(content: unknown): IssuerJwk[] {
  const keys = (content as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys)) throw new Error(`${ISSUER_FILE} 中没有 keys / holds no keys`)
  const jwks = keys as IssuerJwk[]
  if (jwks.filter(({ state }) => state === 'active').length !== 1)
    throw new Error(`${ISSUER_FILE} 中应恰有一把 active 密钥 / holds no active key, or several`)
  if (new Set(jwks.map(({ kid }) => kid)).size < jwks.length)
    throw new Error(`${ISSUER_FILE} 中 kid 重复 / two keys bear one kid`)
  for (const { state, since: _since, ...jwk } of jwks) {
    if (state === 'retired')
      importJwk(jwk) // its private half may have been taken away
    else importSigningJwk(jwk)
  }
  return jwks
}

export const readIssuerKeys = async (dir: string): Promise<IssuerJwk[]> =>
  checkedIssuerKeys(await readKeyFile(join(dir, ISSUER_FILE)))

/** A kid that tells its day; the rest keeps two of one day apart. */
export const newKid = (nowMs: number): string =>
  `guanyi-${new Date(nowMs).toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`

/**
 * Publishes a `next` key, so that everybody has it before anything is signed with it.
 *
 * Errors: a sentence when there is one already.
 */
export async function prepareIssuerKey(dir: string, nowMs: number): Promise<IssuerJwk> {
  return await changeKeys(dir, (keys) => {
    const waiting = keys.find(({ state }) => state === 'next')
    if (waiting !== undefined) throw new Error(`已有待用密钥 ${waiting.kid} / there is a next key already`)
    const next: IssuerJwk = { ...generateJwk('ES256', newKid(nowMs)), state: 'next', since: isoTime(nowMs) }
    return { keys: [...keys, next], result: next }
  })
}

/**
 * Makes the `next` key the active one; the old one is retired and goes on verifying (R88). A private half of a retired
 * key has no use left and is not kept.
 *
 * Errors: a sentence when no `next` key is there, or was not published for `PUBLISHED_BEFORE_USE_MS`, unless `atOnce`
 *         (the active key has leaked): then readers that keep old copies of the JWKS refuse evidence until they look again.
 */
export async function rotateIssuerKey(dir: string, nowMs: number, atOnce = false): Promise<IssuerJwk> {
  return await changeKeys(dir, (keys) => {
    const waiting = keys.find(({ state }) => state === 'next')
    if (waiting === undefined && !atOnce)
      throw new Error('没有待用密钥，请先运行 guanyi keys prepare / no next key; run `guanyi keys prepare` first')
    const leftMs = waiting?.since === undefined ? 0 : Date.parse(waiting.since) + PUBLISHED_BEFORE_USE_MS - nowMs
    if (leftMs > 0 && !atOnce) {
      const seconds = Math.ceil(leftMs / 1000)
      throw new Error(`待用密钥公布不足 10 分钟，请 ${seconds} 秒后再来 / published too recently; wait ${seconds} s`)
    }
    const since = isoTime(nowMs)
    const active: IssuerJwk = {
      ...(waiting ?? generateJwk('ES256', newKid(nowMs))),
      state: 'active',
      since,
    }
    const others = keys
      .filter(({ kid }) => kid !== active.kid)
      .map((key): IssuerJwk => (key.state === 'active' ? { ...publicHalf(key), state: 'retired', since } : key))
    return { keys: [...others, active], result: active }
  })
}

const isoTime = (ms: number): string => new Date(ms).toISOString()

async function changeKeys<T>(dir: string, change: (keys: IssuerJwk[]) => { keys: IssuerJwk[]; result: T }): Promise<T> {
  const path = join(dir, ISSUER_FILE)
  return await lockedWhile(path, async () => {
    const { keys, result } = change(await readIssuerKeys(dir))
    await writeKeyFile(path, { keys: checkedIssuerKeys({ keys }) })
    return result
  })
}
