import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { createPostgresAnomalySearch } from '../../gateway/adapters/postgres/audit/examine.ts'
import { createPostgresRecordSearch } from '../../gateway/adapters/postgres/audit/search.ts'
import { createPostgresStats } from '../../gateway/adapters/postgres/audit/stats.ts'
import { migrate } from '../../gateway/adapters/postgres/migrate.ts'
import type { DigestedCriteria } from '../../gateway/audit/criteria.ts'
import type { RecordSearch } from '../../gateway/audit/records.ts'
import { DEFAULT_THRESHOLDS } from '../../gateway/audit/thresholds.ts'
import { startPostgres } from '../../seeds/services/postgres.ts'
import { appendCost } from './audit-append.ts'
import { benchOperatorDigest, benchSubjectDigest, fillRecords, OPERATORS, SUBJECTS, SYSTEMS } from './audit-fill.ts'
import { median } from './load.ts'

const ROWS = 1_000_000
const FROM_MS = Date.parse('2026-08-31T16:00:00Z')
const UNTIL_MS = Date.parse('2026-11-30T15:00:00Z')
const PAGE = 50
const ROUNDS = 15

const NOTHING: DigestedCriteria = { plain: {}, subjectDigest: null, operatorDigest: null, fromMs: null, toMs: null }
const plain = (values: DigestedCriteria['plain']): DigestedCriteria => ({ ...NOTHING, plain: values })
/** From the commonest to the rarest of `below` values, so that a median is not that of common values alone. */
const spread = (round: number, below: number): number => Math.floor((below - 1) * (round / (ROUNDS - 1)))

/** One question per row, asked `ROUNDS` times about different things. */
const QUESTIONS: [title: string, question: (round: number) => DigestedCriteria][] = [
  ['主体 subject (wanted < 50 ms)', (n) => ({ ...NOTHING, subjectDigest: benchSubjectDigest(spread(n, SUBJECTS)) })],
  ['经办人 operator', (n) => ({ ...NOTHING, operatorDigest: benchOperatorDigest(spread(n, OPERATORS)) })],
  ['部门 member', (n) => plain({ member: `member-${spread(n, 40)}` })],
  ['系统 system', (n) => plain({ system: `system-${spread(n, SYSTEMS)}` })],
  ['代办部门 onBehalfOf', (n) => plain({ onBehalfOf: `member-${spread(n, 40)}` })],
  ['场景 scenario', (n) => plain({ scenario: `P${spread(n, 65)}` })],
  ['事项 item', (n) => plain({ item: `item-${spread(n, 500)}` })],
  ['办件 case', (n) => plain({ case: `CASE-${spread(n, ROWS / 2)}` })],
  ['申报 application', (n) => plain({ application: `APP-${spread(n, ROWS / 2)}` })],
  ['数据资源 dataset', (n) => plain({ dataset: `dataset-${spread(n, 40)}` })],
  ['信息项 field', (n) => plain({ field: `dataset-${spread(n, 40)}.field-${n % 10}` })],
  ['结果 outcome', (n) => plain({ outcome: (['released', 'refused', 'failed'] as const)[n % 3]! })],
  [
    '代码 code',
    (n) => plain({ code: ['access.denied', 'subject.invalid', 'grant.suspended', 'provider.timeout'][n % 4]! }),
  ],
  ['方式 mode', (n) => plain({ mode: ['query', 'verify', 'prefill', 'dossier'][n % 4]! })],
  ['授权 grant', (n) => plain({ grant: `grant-${spread(n, 300)}` })],
  [
    '一天 one day',
    (n) => ({ ...NOTHING, fromMs: FROM_MS + n * 5 * 86_400_000, toMs: FROM_MS + (n * 5 + 1) * 86_400_000 }),
  ],
  ['无 nothing found', (n) => plain({ code: `no-such-code-${n}` })],
  [
    '组合 system + dataset + outcome + month',
    (n) => ({
      ...plain({ system: `system-${spread(n, 20)}`, dataset: `dataset-${n}`, outcome: 'refused' }),
      fromMs: Date.parse('2026-09-30T16:00:00Z'),
      toMs: Date.parse('2026-10-31T16:00:00Z'),
    }),
  ],
]

/** One million records over three months in a PostgreSQL of its own: medians of auditors' questions, printed. */
export async function benchAudit(): Promise<void> {
  const stateDir = mkdtempSync(join(tmpdir(), 'guanyi-bench-audit-'))
  const postgres = await startPostgres({ stateDir, persistent: false, log: () => undefined, givenUrl: null })
  const ownerUrl = await postgres.createDatabase('guanyi')
  await migrate(ownerUrl, {
    serviceRole: 'guanyi_bench',
    servicePassword: 'only-in-benchmarks',
    nowMs: FROM_MS + 86_400_000,
  })
  const serviceUrl = new URL(ownerUrl)
  serviceUrl.username = 'guanyi_bench'
  serviceUrl.password = 'only-in-benchmarks'
  const search = createPostgresRecordSearch({ url: serviceUrl.href })
  const stats = createPostgresStats({ url: serviceUrl.href })
  const jobs = createPostgresAnomalySearch({ url: ownerUrl })
  try {
    console.log(
      `\n审计查询，${ROWS.toLocaleString('en')} 条留痕，三个月 / auditors’ questions over ${ROWS.toLocaleString('en')} records of three months`,
    )
    await timed('写入 filled by SQL', () => fill(ownerUrl))
    await timed('归纳区间与按日计数 ranges and counts per day, all of it', () => jobs.catchUp())
    await timed('统计信息 vacuum analyze', () => asOwner(ownerUrl, 'vacuum analyze'))
    console.log(`\n每页 ${PAGE} 条，中位数与最大值，毫秒 / pages of ${PAGE}: median, slowest, ms`)
    for (const [title, question] of QUESTIONS) await ask(title, (round) => search.page(question(round), null, PAGE))
    await ask('第 200 页 deep page by cursor', (round) =>
      search.page(plain({ member: `member-${round % 3}` }), BigInt(ROWS / 2 - round), PAGE),
    )
    await ask('单条 one record whole', (round) => search.find(String(spread(round, ROWS))))
    await ask('约数 approximate count', (round) => search.count(plain({ dataset: `dataset-${spread(round, 40)}` })))
    for (const by of ['day', 'member', 'dataset'] as const)
      await ask(`一月统计 a month by ${by}`, () => stats.exchanges(by, '20261001', '20261031'))
    await ask('月报 monthly report', (round) =>
      stats.monthly('202610', `member-${round}`, [`dataset-${round}`, `dataset-${round + 15}`]),
    )
    await timed('一天的全部异常查询 every anomaly query over one day', () =>
      jobs.examine('20261115', DEFAULT_THRESHOLDS, UNTIL_MS),
    )
    await checkFound(search, ownerUrl)
    await appendCost(ownerUrl, UNTIL_MS + 1_000)
  } finally {
    await Promise.all([search.close(), stats.close(), jobs.close()])
    await postgres.stop()
    rmSync(stateDir, { recursive: true, force: true })
  }
}

async function fill(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await fillRecords(client, { rows: ROWS, fromMs: FROM_MS, untilMs: UNTIL_MS })
  } finally {
    await client.end()
  }
}

async function asOwner(ownerUrl: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  await client.query(text).finally(() => client.end())
}

async function timed(title: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now()
  await work()
  console.log(`  ${title}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

async function ask(title: string, question: (round: number) => Promise<unknown>): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    await question(round)
    times.push(performance.now() - start)
  }
  console.log(
    `  ${median(times).toFixed(1).padStart(7)} ${Math.max(...times)
      .toFixed(1)
      .padStart(8)}  ${title}`,
  )
}

/** A fast wrong answer is worth nothing: rare and common pages are held against the plainest query there is. */
async function checkFound(search: RecordSearch, ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    for (const [column, name, value] of [
      ['code', 'code', 'grant.suspended'],
      ['system', 'system', 'system-59'],
      ['item', 'item', 'item-400'],
    ] as const) {
      const { rows } = await client.query<{ index: string }>(
        `select index from records where ${column} = $1 order by index desc limit 200`,
        [value],
      )
      const found = await search.page(plain({ [name]: value }), null, 200)
      const same = found.map(({ index }) => String(index)).join() === rows.map(({ index }) => index).join()
      if (!same || rows.length === 0) throw new Error(`a page by ${column} is not what the table holds`)
    }
  } finally {
    await client.end()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await benchAudit()
