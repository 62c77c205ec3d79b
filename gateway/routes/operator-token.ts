import { Hono } from 'hono'
import { ExchangeError } from '../errors/exchange-error.ts'
import { suspendedOperator } from '../operators/gate.ts'
import type { OperatorRegistry } from '../operators/registry.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import { authenticateClient } from '../tokens/client-assertion.ts'
import { readTokenRequest, tokenResponse } from '../tokens/token-request.ts'
import type { Bindings } from './exchanges.ts'

export interface OperatorTokenDeps {
  gatewayId: string
  registry: OperatorRegistry
  crypto: CryptoProvider
  tokens: AccessTokens
  replay: ReplayGuard
  log: Pick<ExchangeLog, 'claimAssertion'>
  /** Told of every refusal, by code: for a counter. */
  onRefused: (code: ExchangeError['code']) => void
  now: () => number
}

/**
 * `POST /oauth/token` of the management plane: operators prove themselves with a key, as systems do (R69). Guessing is
 * slowed by the plane's guard (`createApp`), which is what R68's lock becomes where there is no password.
 */
export function operatorTokenRoutes(deps: OperatorTokenDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const kind = { zh: '操作员', en: 'operator', namespace: 'operator:' } as const
  async function client(id: string) {
    const found = await deps.registry.find(id)
    return (
      found && {
        key: async (kid: string) => found.keys.get(kid),
        refusal: () => (found.status === 'suspended' ? suspendedOperator() : undefined),
      }
    )
  }
  app.post('/oauth/token', async (c) => {
    try {
      const operatorId = await authenticateClient({ ...deps, kind, client }, await readTokenRequest(c))
      return tokenResponse(c, await deps.tokens.issue(operatorId, 'management'))
    } catch (thrown) {
      if (thrown instanceof ExchangeError) deps.onRefused(thrown.code)
      throw thrown
    }
  })
  return app
}
