import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { AccessTokens } from './access-tokens.ts'

/**
 * Tokens of systems that are registered and active now: a system suspended after its token was issued reads nothing more
 * with it. For what is read without an exchange; exchanges check for themselves, and record the refusal.
 */
export function activeSystemsOnly(tokens: AccessTokens, catalog: () => Catalog): Pick<AccessTokens, 'authenticate'> {
  return {
    async authenticate(authorization, plane) {
      const id = await tokens.authenticate(authorization, plane)
      const registered = catalog().systems.get(id)
      if (registered === undefined) throw new ExchangeError('identity.unknown', 'the system is not registered')
      if (registered.system.status === 'suspended')
        throw new ExchangeError('identity.suspended', 'the system is suspended')
      return id
    },
  }
}
