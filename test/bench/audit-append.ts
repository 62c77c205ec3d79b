import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { createPostgresExchangeLog } from '../../gateway/adapters/postgres/log/exchange-log.ts'
import type { RecordDraft } from '../../gateway/ports/exchange-log.ts'
import { quantile } from './load.ts'

const CALLERS = 128
const SECONDS = 4
const ROUNDS = 2
const AUDIT_INDEXES = {
  records_by_case: 'on records (case_no) where case_no is not null',
  records_by_application: 'on records (application) where application is not null',
  record_sides_by_operator: 'on record_sides (operator_digest, index) where operator_digest is not null',
  record_sides_by_party: `on record_sides using gin (party_digests) with (fastupdate = off) where party_digests <> '{}'`,
}

/**
 * What auditors' indexes cost the append, through the group commit as the gateway uses it: rates differ from minute to
 * minute on a shared machine, so the database's own processor time per record is printed beside them.
 */
export async function appendCost(ownerUrl: string, atMs: number): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  console.log(
    '\n写入代价（组提交） / what an append costs (group commit): 条/秒 records per second, p50, p99 ms, 数据库 CPU 微秒/条 server µs per record',
  )
  try {
    // The first appends after a bulk fill cost several times more, with or without these indexes (measured): not shown.
    await withoutIndexes()
    await run(null, false)
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, definition] of Object.entries(AUDIT_INDEXES))
        await owner.query(`create index if not exists ${name} ${definition}`)
      await run('有审计索引、邻域 with audit indexes and neighbourhoods', true)
      await withoutIndexes()
      await run('无 without', false)
    }
  } finally {
    await owner.end()
  }

  async function withoutIndexes(): Promise<void> {
    for (const name of Object.keys(AUDIT_INDEXES)) await owner.query(`drop index if exists ${name}`)
  }

  async function run(title: string | null, neighbourhoods: boolean): Promise<void> {
    await owner.query('checkpoint')
    const log = createPostgresExchangeLog({ url: ownerUrl })
    try {
      await log.append(benchDraft(atMs, neighbourhoods))
      const drafts = Array.from({ length: 60_000 }, () => benchDraft(atMs, neighbourhoods))
      const waits: number[] = []
      const cpuBefore = await writerMicros(owner)
      const start = performance.now()
      const end = start + SECONDS * 1000
      await Promise.all(
        Array.from({ length: CALLERS }, async () => {
          for (let from = start; from < end && drafts.length > 0; from = performance.now()) {
            await log.append(drafts.pop()!)
            waits.push(performance.now() - from)
          }
        }),
      )
      const seconds = (performance.now() - start) / 1000
      const micros = ((await writerMicros(owner)) - cpuBefore) / waits.length
      waits.sort((a, b) => a - b)
      const shown = [
        (waits.length / seconds).toFixed(0),
        quantile(waits, 0.5).toFixed(1),
        quantile(waits, 0.99).toFixed(1),
        micros.toFixed(0),
      ]
      if (title !== null) console.log(`  ${shown.map((text) => text.padStart(7)).join(' ')}  ${title}`)
    } finally {
      await log.close()
    }
  }
}

/** Processor time of the connection that appends, in µs, from the system (clock ticks of 10 ms). */
async function writerMicros(owner: pg.Client): Promise<number> {
  const { rows } = await owner.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name = 'guanyi-log'`,
  )
  return rows.reduce((sum, { pid }) => {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
    const [user, system] = fields.split(' ').slice(11, 13)
    return sum + (Number(user) + Number(system)) * 10_000
  }, 0)
}

const skewed = (below: number): number => Math.floor(below * Math.random() ** 3)

function benchDraft(atMs: number, neighbourhoods: boolean): RecordDraft {
  const [first, second] = [skewed(40), skewed(40)]
  const system = skewed(60)
  const released = Math.random() < 0.92
  return {
    exchangeId: randomUUID(),
    entry: Buffer.from(randomBytes(450).toString('hex')),
    recordedAtMs: atMs + Math.floor(performance.now()),
    requestId: { iss: 'bench', jti: randomUUID(), expiresAtMs: Date.now() + 300_000 },
    authorisationVersion: null,
    columns: {
      mode: Math.random() < 0.8 ? 'query' : 'verify',
      outcome: released ? 'released' : 'refused',
      code: released ? null : 'access.denied',
      member: `member-${system % 40}`,
      system: `system-${system}`,
      onBehalfOf: Math.random() < 0.1 ? `member-${skewed(40)}` : null,
      scenario: `P${skewed(65)}`,
      item: `item-${skewed(500)}`,
      caseNo: `CASE-${randomBytes(5).toString('hex')}`,
      application: null,
      purpose: '测试目的',
      datasets: [`dataset-${first}`, `dataset-${second}`],
      fields: [0, 1, 2, 3, 4, 5].map((field) => `dataset-${field < 3 ? first : second}.field-${field}`),
      catalogVersion: 'catalog-1',
      policyVersion: 'policy-1',
      grants: [`grant-${skewed(300)}`],
    },
    side: {
      salt: randomBytes(32),
      subjectDigest: `k1:${randomBytes(32).toString('base64url')}`,
      partyDigests: Math.random() < 0.4 ? [`k1:${randomBytes(32).toString('base64url')}`] : [],
      operatorDigest: `k1:operator-${String(skewed(2_000)).padStart(33, '0')}`,
      neighbourhoodDigest: neighbourhoods ? `k1:${randomBytes(4).toString('base64url')}` : null,
      sealedOperator: randomBytes(96),
      sealedRequest: randomBytes(500),
      issuerJwt: randomBytes(300).toString('hex'),
    },
  }
}
