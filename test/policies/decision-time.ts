/**
 * Prints what a decision costs, taken anew and remembered. Run: npx tsx test/policies/decision-time.ts
 *
 * `candidates` are grants of one system and scenario that all name the requested fields: the most a decision can meet. How many
 * grants lie in the database does not enter; the grant store's own cost is measured with it.
 */
import { rememberDecisions } from '../../gateway/decision-memory.ts'
import { createDecisionPoint } from '../../policies/engine/decide.ts'
import type { DecisionQuery, Grant } from '../../policies/engine/types.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { factsOf, grant, NOW, query } from './builders.ts'

const point = createDecisionPoint(readPolicyTexts())
const fields = Array.from({ length: 6 }, (_, n) => `household-registration.f${n}`)
const facts = factsOf(fields)
const candidates = (count: number): Grant[] =>
  Array.from({ length: count }, (_, n) => grant({ id: `g${String(n).padStart(4, '0')}`, fields }))

/** Median and 99th percentile of single calls, in microseconds. */
function measure(rounds: number, run: (round: number) => unknown): { p50: number; p99: number } {
  for (let round = 0; round < Math.min(rounds, 50); round++) run(-1 - round)
  const took = Array.from({ length: rounds }, (_, round) => {
    const startedAt = process.hrtime.bigint()
    run(round)
    return Number(process.hrtime.bigint() - startedAt) / 1000
  }).sort((a, b) => a - b)
  return { p50: took[Math.floor(rounds * 0.5)]!, p99: took[Math.floor(rounds * 0.99)]! }
}

const rows: Record<string, string | number>[] = []
const report = (name: string, count: number, { p50, p99 }: { p50: number; p99: number }) =>
  rows.push({ decision: name, candidates: count, 'p50 µs': Number(p50.toFixed(1)), 'p99 µs': Number(p99.toFixed(1)) })

const asked = (over: Partial<DecisionQuery> = {}) => query({ fields, ...over })
for (const count of [1, 10, 100]) {
  const grants = candidates(count)
  const rounds = Math.max(50, Math.floor(1000 / count))
  report(
    'taken anew, permit',
    count,
    measure(rounds, () => point.decide(asked(), grants, facts, 1n)),
  )
  report(
    'taken anew, refused',
    count,
    measure(rounds, () => point.decide(asked({ purpose: '其他' }), grants, facts, 1n)),
  )
  const remembered = rememberDecisions(point, { max: 10_000 })
  report(
    'remembered',
    count,
    measure(20_000, () => remembered.decide(asked({ nowMs: NOW + 1 }), grants, facts, 1n)),
  )
}
const unnamed = [
  ...candidates(1),
  ...Array.from({ length: 99 }, (_, n) => grant({ id: `x${n}`, fields: ['other.field'] })),
]
report(
  'taken anew, 99 others name none of the fields',
  100,
  measure(500, () => point.decide(asked(), unnamed, facts, 1n)),
)
const nothing = rememberDecisions(
  {
    policyVersion: '',
    decide: () => ({
      effect: 'permit',
      fieldGrants: {},
      grants: [],
      policies: [],
      policyVersion: '',
      validUntilMs: NOW * 2,
    }),
  },
  { max: 1_000 },
)
const [one] = [candidates(1)]
report(
  'memory alone, never met before',
  1,
  measure(20_000, (round) => nothing.decide(asked({ system: `s${round}` }), one, facts, 1n)),
)

console.table(rows)
