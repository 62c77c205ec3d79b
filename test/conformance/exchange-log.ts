import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AppendResult, ExchangeLog, RecordDraft } from '../../gateway/ports/exchange-log.ts'

export interface ExchangeLogUnderTest {
  log: ExchangeLog
  /** Another gateway's log over the same store. */
  another(): Promise<ExchangeLog>
  /** The authorisation version now. */
  version(): Promise<bigint>
  /** Changes a grant of this scenario and consumer, so that the version rises; answers the new one. */
  raiseVersion(scope?: { scenario?: string; consumer?: { kind: 'member' | 'system'; id: string } }): Promise<bigint>
  close(): Promise<void>
}

/** A record nobody in the world is the subject of. */
export function draft(changes: Partial<RecordDraft> = {}): RecordDraft {
  const exchangeId = changes.exchangeId ?? randomUUID()
  return {
    exchangeId,
    entry: Buffer.from(JSON.stringify({ exchangeId, note: '测试' })),
    recordedAtMs: Date.now(),
    requestId: { iss: 'test-system', jti: randomUUID(), expiresAtMs: Date.now() + 300_000 },
    authorisationVersion: null,
    columns: {
      mode: 'query',
      outcome: 'released',
      code: null,
      member: 'test-member',
      system: 'test-system',
      onBehalfOf: null,
      scenario: 'P2.1',
      item: null,
      caseNo: null,
      application: 'test-application',
      purpose: '义务教育入学资格核验',
      datasets: ['household-registration', 'guardian:real-estate'],
      fields: ['household-registration.address', 'odd "quoted\\ {field},'],
      catalogVersion: 'c1',
      policyVersion: 'p1',
      grants: [],
    },
    side: {
      salt: randomBytes(16),
      subjectDigest: 'k1:digest',
      partyDigests: ['k1:a', 'k1:b'],
      operatorDigest: null,
      sealedOperator: null,
      sealedRequest: randomBytes(300),
      issuerJwt: 'e30.e30.e30',
    },
    ...changes,
  }
}

const indexOf = (result: AppendResult | undefined): bigint => {
  expect(result).toMatchObject({ status: 'recorded' })
  return (result as Extract<AppendResult, { status: 'recorded' }>).index
}

/** What every exchange log owes the pipeline, whatever it is made of. */
export function exchangeLogConformance(name: string, create: () => Promise<ExchangeLogUnderTest>): void {
  describe(`exchange log: ${name}`, () => {
    let under: ExchangeLogUnderTest
    let log: ExchangeLog
    beforeAll(async () => {
      under = await create()
      log = under.log
    })
    afterAll(() => under.close())

    it('counts from 0 without gaps', async () => {
      const results = [await log.append(draft()), await log.append(draft()), await log.append(draft())]
      expect(results.map(indexOf)).toEqual([0n, 1n, 2n])
    })

    it('gives back what was appended, byte for byte', async () => {
      const mine = draft()
      const index = indexOf(await log.append(mine))
      expect(await log.find(mine.exchangeId)).toEqual({
        index,
        exchangeId: mine.exchangeId,
        recordedAtMs: mine.recordedAtMs,
        entry: mine.entry,
        columns: mine.columns,
        salt: mine.side.salt,
        subjectDigest: mine.side.subjectDigest,
        issuerJwt: mine.side.issuerJwt,
      })
    })

    it('takes a failure found before the request was read, and the largest entry', async () => {
      const mine = draft({ requestId: null, entry: Buffer.alloc(65_535, 'a') })
      indexOf(await log.append(mine))
      expect((await log.find(mine.exchangeId))?.entry.length).toBe(65_535)
    })

    it.each([0, 65_536])('refuses an entry of %i bytes', async (length) => {
      await expect(log.append(draft({ entry: Buffer.alloc(length, 'a') }))).rejects.toMatchObject({ code: 'internal' })
    })

    it('keeps text that a database could stumble over', async () => {
      const base = draft()
      const mine = {
        ...base,
        columns: { ...base.columns, purpose: 'a\0b', fields: ['', '{}', '"', '\\', 'NULL', '字段', '𠮷'] },
      }
      indexOf(await log.append(mine))
      expect((await log.find(mine.exchangeId))?.columns).toMatchObject({
        purpose: 'a\uFFFDb',
        fields: mine.columns.fields,
      })
    })

    it('knows nothing of what it was not given', async () => {
      expect(await log.find(randomUUID())).toBeUndefined()
      expect(await log.findByRequestId('test-system', randomUUID())).toBeUndefined()
    })

    it('gives the same exchange the same index, on any node and whatever has changed since', async () => {
      const mine = draft({ authorisationVersion: await under.version() })
      const index = indexOf(await log.append(mine))
      await under.raiseVersion()
      const other = await under.another()
      const want = { status: 'recorded', index, duplicate: true }
      expect(await log.append(mine)).toEqual(want)
      expect(await other.append(mine)).toEqual(want)
      await other.close()
    })

    it('answers the same exchange twice at once with one index', async () => {
      const mine = draft()
      const results = await Promise.all([log.append(mine), log.append(mine), log.append(mine)])
      expect(new Set(results.map(indexOf)).size).toBe(1)
      expect(results.filter((result) => result.status === 'recorded' && !result.duplicate)).toHaveLength(1)
    })

    it('refuses a repeated request id on any node, naming the first exchange and its outcome', async () => {
      const base = draft()
      const first = { ...base, columns: { ...base.columns, outcome: 'refused' as const, code: 'access.denied' } }
      indexOf(await log.append(first))
      const other = await under.another()
      const want = { status: 'replayed', firstExchangeId: first.exchangeId, firstOutcome: 'refused' }
      expect(await log.append(draft({ requestId: first.requestId }))).toEqual(want)
      expect(await other.append(draft({ requestId: first.requestId }))).toEqual(want)
      expect(await other.findByRequestId('test-system', first.requestId?.jti ?? '')).toEqual({
        exchangeId: first.exchangeId,
        outcome: 'refused',
      })
      await other.close()
    })

    it('lets one of many simultaneous repeats through, and gives the others no index', async () => {
      const requestId = draft().requestId
      const before = indexOf(await log.append(draft()))
      const results = await Promise.all(Array.from({ length: 20 }, () => log.append(draft({ requestId }))))
      const winner = results.filter((result) => result.status === 'recorded')
      expect(winner).toHaveLength(1)
      expect(results.filter((result) => result.status === 'replayed')).toHaveLength(19)
      expect(indexOf(await log.append(draft()))).toBe(before + 2n)
    })

    it('one bad neighbour does not cost the others their place', async () => {
      const base = draft()
      const odd = { ...base, columns: { ...base.columns, outcome: 'odd' as 'failed' } } // only the store itself can refuse this
      const results = await Promise.allSettled([
        log.append(draft()), // goes alone; the next ones meet in a group
        ...[draft(), odd, draft(), draft()].map((each) => log.append(each)),
      ])
      expect(results.map((result) => result.status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
        'fulfilled',
      ])
      expect(results[2]).toMatchObject({ reason: { code: 'internal' } })
    })

    it('sends back what was decided under older grants, and leaves its request id free', async () => {
      const old = await under.version()
      const now = await under.raiseVersion()
      const mine = draft({ authorisationVersion: old })
      expect(await log.append(mine)).toEqual({ status: 'stale', authorisationVersion: now })
      expect(await log.find(mine.exchangeId)).toBeUndefined()
      expect(await log.append({ ...mine, authorisationVersion: now })).toMatchObject({ duplicate: false })
    })

    it.each([
      { whose: 'its system', consumer: { kind: 'system', id: 'test-system' }, stale: true },
      { whose: 'its acting member', consumer: { kind: 'member', id: 'test-acting' }, stale: true },
      { whose: 'the member it acts for another of', consumer: { kind: 'member', id: 'test-member' }, stale: false },
      { whose: 'another system', consumer: { kind: 'system', id: 'other-system' }, stale: false },
      { whose: 'a member of its system’s name', consumer: { kind: 'member', id: 'test-system' }, stale: false },
      { whose: 'its system, in another scenario', scenario: 'P2.2', stale: false },
    ] as const)('a change for $whose: stale $stale', async ({ stale, whose: _, ...scope }) => {
      const base = draft()
      const mine = {
        ...base,
        authorisationVersion: await under.version(),
        columns: { ...base.columns, onBehalfOf: 'test-acting' },
      }
      const now = await under.raiseVersion(scope)
      expect(await log.append(mine)).toMatchObject(
        stale ? { status: 'stale', authorisationVersion: now } : { duplicate: false },
      )
    })

    it('what was decided under a version that is yet to come is stale: the store was set back', async () => {
      const ahead = (await under.version()) + 1n
      expect(await log.append(draft({ authorisationVersion: ahead }))).toMatchObject({ status: 'stale' })
    })

    it('appends all in order, or none', async () => {
      const version = await under.version()
      const drafts = Array.from({ length: 5 }, () => draft({ authorisationVersion: version }))
      const first = indexOf(await log.append(draft())) + 1n
      const results = await log.appendAll(drafts)
      expect(results.map(indexOf)).toEqual(drafts.map((_, place) => first + BigInt(place)))
      const again = await log.appendAll(drafts)
      expect(again.map(indexOf)).toEqual(results.map(indexOf))
      expect(again.every((result) => result.status === 'recorded' && result.duplicate)).toBe(true)

      const spoilt = [draft(), draft({ requestId: drafts[0]!.requestId }), draft()]
      const replayed = { status: 'replayed', firstExchangeId: drafts[0]!.exchangeId, firstOutcome: 'released' }
      expect(await log.appendAll(spoilt)).toEqual([replayed, replayed, replayed])
      const now = await under.raiseVersion()
      const stale = { status: 'stale', authorisationVersion: now }
      expect(await log.appendAll([draft(), draft({ authorisationVersion: version })])).toEqual([stale, stale])
      expect(await log.find(spoilt[0]!.exchangeId)).toBeUndefined()
      expect(indexOf(await log.append(draft()))).toBe(first + 5n)
      expect(await log.appendAll([])).toEqual([])
    })

    it('all or none counts repeats among its own', async () => {
      const one = draft()
      const two = draft({ requestId: one.requestId })
      const want = { status: 'replayed', firstExchangeId: one.exchangeId, firstOutcome: 'released' }
      expect(await log.appendAll([one, two])).toEqual([want, want])
      expect(await log.find(one.exchangeId)).toBeUndefined()
    })

    it('several gateways share one contiguous log', async () => {
      const start = indexOf(await log.append(draft())) + 1n
      const others = [await under.another(), await under.another()]
      const each = 1000
      const results = await Promise.all(
        [log, ...others].flatMap((node) => Array.from({ length: each }, () => node.append(draft()))),
      )
      const indexes = results.map(indexOf).sort((a, b) => (a < b ? -1 : 1))
      expect(indexes).toEqual(Array.from({ length: 3 * each }, (_, place) => start + BigInt(place)))
      await Promise.all(others.map((node) => node.close()))
    })

    it('uses up an assertion id once, on any node', async () => {
      const jti = randomUUID()
      const other = await under.another()
      const claims = await Promise.all([
        log.claimAssertion('test-system', jti, Date.now() + 60_000),
        other.claimAssertion('test-system', jti, Date.now() + 60_000),
      ])
      expect(claims.sort()).toEqual([false, true])
      expect(await log.claimAssertion('other-system', jti, Date.now() + 60_000)).toBe(true)
      await other.close()
    })

    it('answers what it accepted before it closes, and nothing after', async () => {
      const other = await under.another()
      expect(await other.append(draft()).then(() => other.ready())).toBe(true)
      const accepted = Array.from({ length: 50 }, () => other.append(draft()))
      await other.close()
      expect((await Promise.all(accepted)).every((result) => result.status === 'recorded')).toBe(true)
      await expect(other.append(draft())).rejects.toMatchObject({ code: 'record.unavailable' })
      expect(await other.ready()).toBe(false)
    })
  })
}
