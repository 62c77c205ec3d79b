import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GrantStore } from '../../gateway/ports/grant-store.ts'
import type { Grant } from '../../policies/engine/types.ts'

export interface GrantStoreUnderTest {
  store: GrantStore
  /** Another process's store over the same grants. */
  another(): Promise<GrantStore>
  close(): Promise<void>
}

export function testGrant(changes: Partial<Grant> = {}): Grant {
  return {
    id: `grant-${randomUUID()}`,
    status: 'active',
    scenario: 'P2.1',
    consumer: { kind: 'system', id: 'rc-enrolment' },
    fields: ['household-registration.address'],
    modes: ['query'],
    items: 'all',
    purposes: ['义务教育入学资格核验'],
    term: { from: '2026-01-01T00:00:00Z', until: '2030-01-01T00:00:00Z' },
    ceilings: [{ measure: 'calls', period: 'hour', limit: 5000 }],
    conditions: {
      case: 'required',
      operator: false,
      signed: false,
      subjectIsParty: false,
      divisions: [],
      networks: [],
      hours: null,
    },
    legalBasis: '中华人民共和国义务教育法',
    masks: {},
    approvals: [],
    datasetVersions: {},
    ...changes,
  }
}

/** Waits until the answer is as wished, at most `withinMs`; answers how long it took. */
export async function until(wished: () => Promise<boolean>, withinMs: number): Promise<number> {
  const start = performance.now()
  while (!(await wished())) {
    if (performance.now() - start > withinMs) throw new Error(`not within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return performance.now() - start
}

/** What every grant store owes the pipeline. */
export function grantStoreConformance(name: string, create: () => Promise<GrantStoreUnderTest>): void {
  describe(`grant store: ${name}`, () => {
    let under: GrantStoreUnderTest
    let store: GrantStore
    const ask = { system: 'rc-enrolment', member: 'rc-jyj', scenario: 'P2.1' }
    const ids = async (of: GrantStore, query = ask) => (await of.candidates(query)).grants.map(({ id }) => id).sort()
    beforeAll(async () => {
      under = await create()
      store = under.store
    })
    afterAll(() => under.close())

    it('gives a grant back as it was put', async () => {
      const grant = testGrant({ scenario: 'P9.9', items: ['rongcheng-p-008'] })
      await store.put(grant, 'test')
      expect(await store.get(grant.id)).toEqual(grant)
      expect(await store.get('no-such-grant')).toBeUndefined()
    })

    it('puts many as one change: all under one version, or none', async () => {
      const many = [testGrant({ scenario: 'P9.8' }), testGrant({ scenario: 'P9.8' })]
      const before = await store.refresh()
      await store.putAll(many, 'test')
      expect(await store.refresh()).toBe(before + 1n)
      expect(await store.get(many[1]!.id)).toEqual(many[1])
      const faulty = [testGrant({ scenario: 'P9.8' }), { ...testGrant(), status: 'unheard-of' as 'active' }]
      await expect(store.putAll(faulty, 'test')).rejects.toThrow()
      expect(await store.get(faulty[0]!.id)).toBeUndefined()
    })

    it('finds the grants of the system and of the member, of any status, for the scenario alone', async () => {
      const ofSystem = testGrant()
      const ofMember = testGrant({ consumer: { kind: 'member', id: 'rc-jyj' }, status: 'suspended' })
      const strangers = [
        testGrant({ scenario: 'P2.2' }),
        testGrant({ consumer: { kind: 'system', id: 'rc-jyj' } }),
        testGrant({ consumer: { kind: 'member', id: 'rc-enrolment' } }),
      ]
      for (const grant of [ofSystem, ofMember, ...strangers]) await store.put(grant, 'test')
      expect(await ids(store)).toEqual([ofSystem.id, ofMember.id].sort())
      expect(await ids(store, { ...ask, scenario: 'P7.7' })).toEqual([])
    })

    it('raises the version on every change, and names the version the candidates belong to', async () => {
      const before = await store.refresh()
      const grant = testGrant({ scenario: 'P3.1' })
      await store.put(grant, 'test')
      const put = await store.refresh()
      await store.setStatus(grant.id, 'suspended', 'test', '核查')
      const suspended = await store.refresh()
      expect([put > before, suspended > put, store.version()]).toEqual([true, true, suspended])
      const { grants, version } = await store.candidates({ ...ask, scenario: 'P3.1' })
      expect([grants[0]?.status, version]).toEqual(['suspended', suspended])
    })

    it('sees its own change at once and another process’s within a second', async () => {
      const other = await under.another()
      const grant = testGrant({ scenario: 'P3.2' })
      const here = { ...ask, scenario: 'P3.2' }
      await store.put(grant, 'test')
      expect(await ids(store, here)).toEqual([grant.id])
      await until(async () => (await ids(other, here)).length === 1, 1000)
      await store.setStatus(grant.id, 'revoked', 'test', '核查')
      await until(async () => (await other.candidates(here)).grants[0]?.status === 'revoked', 1000)
      await other.close()
    })

    it('sees another process’s change at once after refresh', async () => {
      const other = await under.another()
      const here = { ...ask, scenario: 'P3.3' }
      expect(await ids(other, here)).toEqual([])
      const grant = testGrant({ scenario: 'P3.3' })
      await store.put(grant, 'test')
      await other.refresh()
      expect(await ids(other, here)).toEqual([grant.id])
      await other.close()
    })

    it('replaces a grant, also when it moves to another consumer', async () => {
      const here = { ...ask, scenario: 'P3.4' }
      const there = { system: 'rc-other', member: 'rc-none', scenario: 'P3.4' }
      const grant = testGrant({ scenario: 'P3.4' })
      await store.put(grant, 'test')
      expect([await ids(store, here), await ids(store, there)]).toEqual([[grant.id], []])
      await store.put({ ...grant, consumer: { kind: 'system', id: 'rc-other' } }, 'test')
      expect([await ids(store, here), await ids(store, there)]).toEqual([[], [grant.id]])
    })

    it('lists by consumer, scenario and status', async () => {
      const grant = testGrant({ scenario: 'P4.1', status: 'draft', consumer: { kind: 'member', id: 'rc-mzj' } })
      await store.put(grant, 'test')
      expect(await store.list({ scenario: 'P4.1' })).toEqual([grant])
      expect(await store.list({ consumer: 'rc-mzj', status: 'draft' })).toEqual([grant])
      expect(await store.list({ consumer: 'rc-mzj', status: 'active' })).toEqual([])
      expect((await store.list({})).length).toBeGreaterThan(5)
    })

    it.each<{ from: Grant['status']; to: Grant['status'] }>([
      { from: 'draft', to: 'active' },
      { from: 'active', to: 'suspended' },
      { from: 'suspended', to: 'active' },
      { from: 'active', to: 'revoked' },
    ])('moves a grant from $from to $to', async ({ from, to }) => {
      const grant = testGrant({ scenario: 'P4.2', status: from })
      await store.put(grant, 'test')
      expect(await store.setStatus(grant.id, to, 'test', '核查')).toEqual({ ...grant, status: to })
      expect((await store.get(grant.id))?.status).toBe(to)
    })

    it.each<Grant['status']>(['revoked', 'expired'])('a grant that is %s stays so', async (status) => {
      const grant = testGrant({ scenario: 'P4.3', status })
      await store.put(grant, 'test')
      await expect(store.setStatus(grant.id, 'active', 'test', '核查')).rejects.toThrow(status)
      await expect(store.setStatus('no-such-grant', 'active', 'test', '核查')).rejects.toThrow('no-such-grant')
    })

    it('expires what is past its end, once', async () => {
      const end = Date.parse('2026-06-30T16:00:00Z')
      const past = testGrant({
        scenario: 'P4.4',
        term: { from: '2026-01-01T00:00:00Z', until: '2026-07-01T00:00:00+08:00' },
      })
      const paused = { ...past, id: `${past.id}-paused`, status: 'suspended' as const }
      const draft = { ...past, id: `${past.id}-draft`, status: 'draft' as const }
      for (const grant of [past, paused, draft]) await store.put(grant, 'test')
      expect(await store.expire(end - 1)).toBe(0)
      expect(await store.expire(end)).toBe(2)
      expect(await store.expire(end)).toBe(0)
      const { grants } = await store.candidates({ ...ask, scenario: 'P4.4' })
      expect(grants.map(({ status }) => status).sort()).toEqual(['draft', 'expired', 'expired'])
    })
  })
}
