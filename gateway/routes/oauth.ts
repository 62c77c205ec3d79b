import { Hono } from 'hono'
import type { Catalog } from '../catalog/types.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { KeySource } from '../ports/key-source.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import { clientAddress, inNetworks } from '../requests/networks.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import { type AssertionClient, authenticateClient } from '../tokens/client-assertion.ts'
import { oauthError, readTokenRequest, tokenResponse } from '../tokens/token-request.ts'
import type { Bindings } from './exchanges.ts'

export interface OauthDeps {
  gatewayId: string
  catalog: () => Catalog
  keys: KeySource
  crypto: CryptoProvider
  tokens: AccessTokens
  replay: ReplayGuard
  log: Pick<ExchangeLog, 'claimAssertion'>
  trustedProxies: readonly string[]
  publicJwks: () => object
  now: () => number
}

/** `POST /oauth/token` (RFC 6749 §4.4 with RFC 7523 client assertions) and `GET /.well-known/jwks.json`. */
export function oauthRoutes(deps: OauthDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.get('/.well-known/jwks.json', (c) => c.json(deps.publicJwks(), 200, { 'cache-control': 'public, max-age=300' }))
  app.post('/oauth/token', async (c) => {
    const assertion = await readTokenRequest(c)
    const address = clientAddress(
      c.env.incoming?.socket.remoteAddress ?? null,
      c.req.header('x-forwarded-for'),
      deps.trustedProxies,
    )
    const client = async (id: string) => registeredSystem(deps, id, address)
    const kind = { zh: '系统', en: 'system', namespace: '' } as const
    const systemId = await authenticateClient({ ...deps, kind, client }, assertion)
    return tokenResponse(c, await deps.tokens.issue(systemId, 'data'))
  })
  return app
}

function registeredSystem(
  { catalog, keys }: OauthDeps,
  id: string,
  address: string | null,
): AssertionClient | undefined {
  const system = catalog().systems.get(id)?.system
  if (system === undefined) return undefined
  return {
    key: (kid) => keys.find(id, kid),
    refusal() {
      if (system.status === 'suspended')
        return oauthError('identity.suspended', 'invalid_client', '系统已被停用', 'the system is suspended')
      if (system.networks.length > 0 && (address === null || !inNetworks(address, system.networks))) {
        return oauthError(
          'access.denied',
          'invalid_client',
          '来源地址不在登记的网络范围内',
          'the address is outside the registered networks',
        )
      }
      return undefined
    },
  }
}
