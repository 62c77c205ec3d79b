import type { Context } from 'hono'
import type { Grant } from '../../policies/engine/types.ts'
import type { Catalog } from '../catalog/types.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import type { Bindings } from './exchanges.ts'

export interface MayUseDeps {
  tokens: Pick<AccessTokens, 'authenticate'>
  grants: Pick<GrantStore, 'list'>
  catalog: () => Catalog
}

/**
 * Whether the caller of a catalogue request holds an active grant for any field of a dataset. Each request asks the
 * grant store once, whatever the number of datasets it lists.
 *
 * Errors: those of a missing or invalid token.
 */
export function createMayUse({
  tokens,
  grants,
  catalog,
}: MayUseDeps): (c: Context<Bindings>, datasetId: string) => Promise<boolean> {
  const perRequest = new WeakMap<object, Promise<Set<string>>>()

  async function datasetsOf(c: Context<Bindings>): Promise<Set<string>> {
    const systemId = await tokens.authenticate(c.req.header('authorization'), 'data')
    const member = catalog().systems.get(systemId)?.member.id
    const consumers = member === undefined ? [systemId] : [systemId, member]
    const held = await Promise.all(consumers.map((consumer) => grants.list({ consumer, status: 'active' })))
    return new Set(held.flat().flatMap(({ fields }: Grant) => fields.map(datasetOf)))
  }
  return async (c, datasetId) => {
    const asked = perRequest.get(c.req.raw) ?? datasetsOf(c)
    perRequest.set(c.req.raw, asked)
    return (await asked).has(datasetId)
  }
}

/** `guardian:real-estate.certificateNo` → `real-estate`. */
const datasetOf = (field: string): string => field.slice(field.indexOf(':') + 1).split('.', 1)[0]!
