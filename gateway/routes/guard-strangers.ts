import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { clientAddress } from '../requests/networks.ts'
import type { Strangers } from '../requests/strangers.ts'

type Env = { Bindings: HttpBindings }

export interface GuardDeps {
  strangers: Strangers
  trustedProxies: readonly string[]
}

export const callerOf = (c: Context<Env>, trustedProxies: readonly string[]): string | null =>
  clientAddress(c.env?.incoming?.socket.remoteAddress ?? null, c.req.header('x-forwarded-for'), trustedProxies)

/**
 * Counts every refusal of a plane that left no record, whatever its path: strangers, repeats, oversized bodies, guessed
 * paths, tokens and client assertions. An address that has too many waits (invariant 1: nobody fills the log or the processor for nothing).
 */
export const guardStrangers = ({ strangers, trustedProxies }: GuardDeps): MiddlewareHandler<Env> =>
  async function guard(c, next) {
    const address = callerOf(c, trustedProxies)
    await strangers.admit(address)
    await next()
    const refused = c.res.status >= 400 && c.res.status < 500
    if (refused && !c.res.headers.has('x-exchange-id')) strangers.failed(address)
  }
