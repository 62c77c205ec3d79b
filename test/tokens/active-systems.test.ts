import { describe, expect, it } from 'vitest'
import type { Catalog } from '../../gateway/catalog/types.ts'
import type { AccessTokens } from '../../gateway/tokens/access-tokens.ts'
import { activeSystemsOnly } from '../../gateway/tokens/active-systems.ts'

const tokens = { authenticate: async (authorization: string | undefined) => authorization! } as unknown as AccessTokens
const catalog = (status: 'active' | 'suspended'): Catalog =>
  ({ systems: new Map([['rc-enrolment', { system: { status } }]]) }) as unknown as Catalog

describe('tokens of active systems only', () => {
  it.each<{ name: string; id: string; status: 'active' | 'suspended'; want: string }>([
    { name: 'an active system', id: 'rc-enrolment', status: 'active', want: 'rc-enrolment' },
    {
      name: 'one suspended after its token was issued',
      id: 'rc-enrolment',
      status: 'suspended',
      want: 'identity.suspended',
    },
    { name: 'one no longer registered', id: 'rc-gone', status: 'active', want: 'identity.unknown' },
  ])('$name → $want', async ({ id, status, want }) => {
    const got = await activeSystemsOnly(tokens, () => catalog(status))
      .authenticate(id, 'data')
      .catch((thrown: { code: string }) => thrown.code)
    expect(got).toBe(want)
  })
})
