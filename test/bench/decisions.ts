import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import { migrate } from '../../gateway/adapters/postgres/migrate.ts'
import { rememberDecisions } from '../../gateway/decision-memory.ts'
import { createDecisionPoint } from '../../policies/engine/decide.ts'
import type { DecisionQuery, FieldFacts, Grant } from '../../policies/engine/types.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { loadSeedGrants } from '../../seeds/grants/index.ts'
import { startPostgres } from '../../seeds/services/postgres.ts'
import { withClient } from '../../seeds/services/postgres-client.ts'
import { median } from './load.ts'

/** Of one scenario, all naming the fields asked for: more than a department should have. */
const GRANTS_PER_DEPARTMENT = 3
const ROUNDS = 300
const FIELDS = ['household-registration.address', 'household-registration.householder']

/** What authorising one query costs with few and with very many grants in the database. */
export async function benchDecisions(): Promise<void> {
  const stateDir = mkdtempSync(join(tmpdir(), 'guanyi-bench-'))
  const postgres = await startPostgres({ stateDir, persistent: false, log: () => undefined, givenUrl: null })
  console.log('\n授权决策耗时（中位数，µs） / time to authorise one query (median, µs)')
  console.log(
    '库中授权 grants | 取候选·未记忆 candidates, first read | 取候选·已记忆 remembered | 决策·未记忆 decision taken | 决策·已记忆 remembered',
  )
  try {
    for (const total of [100, 1_000, 10_000, 100_000]) console.log(await row(postgres, total))
  } finally {
    await postgres.stop()
    rmSync(stateDir, { recursive: true, force: true })
  }
}

async function row(postgres: Awaited<ReturnType<typeof startPostgres>>, total: number): Promise<string> {
  const url = await postgres.createDatabase(`grants_${total}`)
  await migrate(url, { serviceRole: `bench_${total}` })
  const sample = loadSeedGrants(Date.now()).find(({ id }) => id === 'grant-p2.1-jyj-enrolment')!
  await fill(url, sample, total)
  const store = createPostgresGrantStore({ url, listen: false, maxKeys: 50 })
  const point = createDecisionPoint(readPolicyTexts())
  const remembering = rememberDecisions(point, { max: 100 })
  try {
    const key = (n: number) => ({ system: 'rc-enrolment', member: `member-${n}`, scenario: sample.scenario })
    const members = Math.ceil(total / GRANTS_PER_DEPARTMENT)
    const first = await each(async (n) => void (await store.candidates(key(n % members))))
    const again = await each(async () => void (await store.candidates(key(1))))
    const { grants, version } = await store.candidates(key(1))
    const query = queryOf(sample, 'member-1')
    const taken = await each(async () => void point.decide(query, grants, FACTS, version))
    const remembered = await each(async () => void remembering.decide(query, grants, FACTS, version))
    if (point.decide(query, grants, FACTS, version).effect !== 'permit')
      throw new Error('the measured decision is not a permit')
    return [String(total).padStart(9), first, again, taken, remembered].map(String).join(' | ')
  } finally {
    await store.close()
  }
}

/** The same grant for many departments. */
async function fill(url: string, sample: Grant, total: number): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(
      `insert into grants (document)
       select jsonb_set(jsonb_set($1::jsonb, '{id}', to_jsonb('g-' || n)), '{consumer,id}', to_jsonb('member-' || (n % $2)))
         from generate_series(1, $3) n`,
      [JSON.stringify(sample), Math.ceil(total / GRANTS_PER_DEPARTMENT), total],
    )
    await client.query('analyze grants')
  })
}

async function each(work: (n: number) => Promise<void>): Promise<string> {
  const micros: number[] = []
  for (let n = 0; n < ROUNDS; n++) {
    const startedAt = performance.now()
    await work(n)
    micros.push((performance.now() - startedAt) * 1000)
  }
  return median(micros).toFixed(1)
}

const FACTS: FieldFacts[] = FIELDS.map((field) => ({
  field,
  dataset: 'household-registration',
  shareClass: 'conditional',
  sensitive: false,
  personal: true,
  signedRequestRequired: false,
}))

const queryOf = (grant: Grant, member: string): DecisionQuery => ({
  system: 'rc-enrolment',
  member,
  scenario: grant.scenario,
  item: 'rongcheng-p-008',
  mode: 'query',
  purpose: '义务教育入学资格核验',
  fields: FIELDS,
  hasCase: true,
  hasApplication: false,
  hasOperator: true,
  signed: true,
  subjectIsParty: false,
  subjectType: 'person',
  division: '371082',
  address: null,
  nowMs: Date.now(),
})
