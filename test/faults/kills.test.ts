import { describe, expect, it } from 'vitest'
import { leafHash } from '../../gateway/log/leaf.ts'
import { EMPTY_EDGE, growTree, rootOf } from '../../gateway/log/tree.ts'
import { compareAnswers, foreignCheckpoints } from './kill/check-answers.ts'
import { createLedger, type Told } from './kill/ledger.ts'
import { DEFAULTS, KINDS, readOptions } from './kill/options.ts'
import type { RecordRow } from './kill/read-log.ts'
import { runFaults } from './kill/run.ts'

/** `npm run faults` kills a hundred times each. */
const KILLS = 10

describe('SIGKILL under load of several processes', () => {
  it('of gateways, of PostgreSQL, of the integrator: every answer is in the log exactly once, the log verifies', async () => {
    const options = { ...DEFAULTS, kills: KILLS, clients: 4, limitSeconds: 270 }
    const { series, faults } = await runFaults(options, console.log)
    expect(faults).toEqual([])
    expect(series.map(({ kind, kills }) => [kind, kills])).toEqual(KINDS.map((kind) => [kind, KILLS]))
    for (const { released, refused, checked } of series) {
      expect(released).toBeGreaterThan(KILLS)
      expect(refused).toBeGreaterThan(0)
      expect(checked).toMatchObject({ gaps: 0, forks: 0 })
    }
    // Kills that nobody noticed would show nothing.
    expect(series.reduce((sum, { lost, unavailable }) => sum + lost + unavailable, 0)).toBeGreaterThan(0)
  }, 300_000)
})

describe('what the run checks by', () => {
  const row = (index: number, change: Partial<RecordRow> = {}): RecordRow => ({
    index,
    exchangeId: `exchange-${index}`,
    outcome: 'released',
    code: null,
    jwtHash: `jwt-${index}`,
    ...change,
  })
  const rows = [row(0), row(1, { outcome: 'refused', code: 'access.denied', jwtHash: null }), row(2)]
  const answer = (index: number, change: Partial<Told> = {}): Told => ({
    exchangeId: `exchange-${index}`,
    jti: `request-${index}`,
    outcome: 'released',
    code: null,
    index,
    jwtHash: `jwt-${index}`,
    told: false,
    ...change,
  })
  const refusal = answer(1, { outcome: 'refused', code: 'access.denied', index: null, jwtHash: null })

  it('lets pass what is in the log, and counts what nobody heard of', () => {
    expect(compareAnswers(rows, 3, [answer(0), refusal])).toEqual({ unanswered: 1, gaps: 0, faults: [] })
  })

  it.each<{ name: string; rows?: RecordRow[]; size?: number; answers?: Told[] }>([
    { name: 'an answer without a record', answers: [answer(7)] },
    { name: 'a release recorded as a refusal', answers: [answer(1)] },
    { name: 'a refusal recorded as a release', answers: [{ ...refusal, exchangeId: 'exchange-0' }] },
    { name: 'another code', answers: [{ ...refusal, code: 'quota.exceeded' }] },
    { name: 'another index', answers: [answer(0, { index: 2 })] },
    { name: 'other evidence', answers: [answer(0, { jwtHash: 'jwt-9' })] },
    { name: 'an exchange recorded twice', rows: [row(0), row(1, { exchangeId: 'exchange-0' }), row(2)] },
    { name: 'a gap', rows: [row(0), row(2), row(3)] },
    { name: 'a missing last record', size: 4 },
  ])('notices $name', ({ rows: found = rows, size = 3, answers = [] }) => {
    expect(compareAnswers(found, size, answers).faults).not.toEqual([])
  })

  it('notices one request that became two exchanges, and one exchange told in two ways', () => {
    const ledger = createLedger()
    ledger.enter(answer(0))
    ledger.enter(answer(2, { jti: 'request-0' }))
    ledger.enter({ ...refusal, exchangeId: 'exchange-2' })
    expect(ledger.faults).toHaveLength(2)
  })

  it('notices a checkpoint of another history', () => {
    const leaves = ['a', 'b', 'c'].map((text) => leafHash(Buffer.from(text)))
    const root = (of: Buffer[]) => rootOf(growTree(EMPTY_EDGE, of).edge).toString('base64')
    const own = new Map([0, 1, 2, 3].map((size) => [size, root(leaves.slice(0, size))]))
    expect(foreignCheckpoints(leaves, own)).toEqual([])
    expect(foreignCheckpoints(leaves, new Map([...own, [2, root(leaves.slice(1))]]))).toEqual([2])
    expect(foreignCheckpoints(leaves.slice(0, 2), own)).toEqual([3])
  })

  it('reads its options, and says which one it cannot use', () => {
    expect(readOptions(['--kills', '7', '--kinds', 'postgres,gateway', '--seed', '9'])).toMatchObject({
      kills: 7,
      kinds: ['postgres', 'gateway'],
      seed: 9,
    })
    expect(() => readOptions(['--kills', 'many'])).toThrow(/--kills/)
    expect(() => readOptions(['--kinds', 'redis'])).toThrow(/--kinds/)
  })
})
