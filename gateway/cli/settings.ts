import { dirname, resolve } from 'node:path'
import { configError } from './exit.ts'
import type { CliIo } from './terminal.ts'

type Env = CliIo['env']

/** Addresses with passwords come from the environment only: arguments show in every process list. */
export function databaseUrl(env: Env): string {
  const url = env.DATABASE_URL
  if (!url) throw configError('缺少环境变量 DATABASE_URL', 'environment variable DATABASE_URL is missing')
  return url
}

export function ownerUrl(env: Env): string {
  const url = env.DATABASE_OWNER_URL || env.DATABASE_URL
  if (!url) {
    throw configError(
      '缺少环境变量 DATABASE_OWNER_URL（或 DATABASE_URL）',
      'environment variable DATABASE_OWNER_URL (or DATABASE_URL) is missing',
    )
  }
  return url
}

export const catalogDir = (env: Env): string => env.GUANYI_CATALOG_DIR || 'catalogs'

/** State and keys of a checkout or installation (design §11). */
export const stateDir = (env: Env): string => resolve(env.GUANYI_STATE_DIR || '.guanyi')

export const keysDir = (env: Env, given?: string): string =>
  given ?? (env.GUANYI_KEYS_DIR || resolve(stateDir(env), 'keys'))

/** Paths in `.guanyi/demo.json` start where the checkout does. */
export const besideState = (env: Env, path: string): string => resolve(dirname(stateDir(env)), path)

/** A base address of the gateway without its closing slash. */
export function gatewayUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw configError(`网关地址不是 http(s) 地址：${text}`, `the gateway’s address is no http(s) address: ${text}`)
  return text.replace(/\/+$/, '')
}
