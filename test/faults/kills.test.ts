import { describe, expect, it } from 'vitest'
import { DEFAULTS, KINDS } from './kill/options.ts'
import { runFaults } from './kill/run.ts'

/** `npm run faults` kills a hundred times each. */
const KILLS = 10

describe('SIGKILL under load of several processes', () => {
  it('of gateways, of PostgreSQL, of the integrator: every answer is in the log exactly once, the log verifies', async () => {
    const { series, faults } = await runFaults({ ...DEFAULTS, kills: KILLS, limitSeconds: 150 }, console.log)
    expect(faults).toEqual([])
    expect(series.map(({ kind, kills }) => [kind, kills])).toEqual(KINDS.map((kind) => [kind, KILLS]))
    for (const { released, refused, checked } of series) {
      expect(released).toBeGreaterThan(KILLS)
      expect(refused).toBeGreaterThan(0)
      expect(checked).toMatchObject({ gaps: 0, forks: 0 })
    }
    // Kills that nobody noticed would show nothing.
    expect(series.reduce((sum, { lost, unavailable }) => sum + lost + unavailable, 0)).toBeGreaterThan(0)
  }, 200_000)
})
