import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { DigestedCriteria } from '../../../audit/criteria.ts'
import type { RecordLine, RecordSearch } from '../../../audit/records.ts'
import { ExchangeError } from '../../../errors/exchange-error.ts'
import type { RecordRow } from '../log/record-row.ts'
import { createReader } from '../reader.ts'
import type { Tables } from '../tables.ts'
import { findWhole } from './find.ts'
import { LINE_COLUMNS, toLine } from './rows.ts'
import { conditionsOf, leadsDirectly, termsOf } from './where.ts'

/** Ranges a searcher summarises on the way: some 50 ms; the job does the rest. */
const SUMMARISE_AT_MOST = 8
/** Ranges read in the first round; each further round reads four times as many. */
const FIRST_RANGES = 4
const MOST_RANGES = 256
const RANGE = 256n
/** Ranges whose rows are counted one by one before the count becomes an estimate. */
const COUNTED_RANGES = 64
const COUNTED_ROWS = 10_000
/** Sides of one person read in one round. */
const MOST_SIDES = 2_000

interface Range {
  range: string
  from_at: Date
  until_at: Date
}

export interface AuditSearchOptions {
  /** The service role's URL. */
  url: string
  /** Longest a question may take. Default 10,000. */
  timeoutMs?: number
}

/** Auditors' questions over the log in PostgreSQL; how they are found is told in 020-audit-search. */
export function createPostgresRecordSearch({ url, timeoutMs = 10_000 }: AuditSearchOptions): RecordSearch {
  const db = createReader({ url: withoutJit(url), name: 'guanyi-audit', max: 4, timeoutMs })
  const answered = <T>(work: Promise<T>): Promise<T> => work.catch(unavailable)
  return {
    page: (criteria, before, limit) => answered(page(db, criteria, before, limit)),
    count: (criteria) => answered(count(db, criteria)),
    find: (id) => answered(findWhole(db, id)),
    close: () => db.destroy(),
  }
}

/** Compiling a question costs more than answering it: partitions make every plan look expensive. */
export function withoutJit(url: string): string {
  const quiet = new URL(url)
  quiet.searchParams.set('options', '-c jit=off')
  return quiet.href
}

function unavailable(thrown: unknown): never {
  const code = (thrown as { code?: string }).code ?? 'none'
  throw new ExchangeError('record.unavailable', `the log did not answer a question (code \`${code}\`)`, {
    publicDetail: {
      zh: '留痕库未在时限内应答，请缩小查询范围后重试',
      en: 'the log did not answer in time; narrow the question',
    },
  })
}

async function page(
  db: Kysely<Tables>,
  criteria: DigestedCriteria,
  before: bigint | null,
  limit: number,
): Promise<RecordLine[]> {
  if (leadsDirectly(criteria)) return await direct(db, criteria, before, limit)
  const first = await summarise(db)
  const lines = await rows(db, sql`r.index >= ${String(first * RANGE)}`, criteria, before, limit)
  let below = before === null || before > first * RANGE ? first : (before + RANGE - 1n) / RANGE
  for (let wanted = FIRST_RANGES; lines.length < limit && below > 0n; wanted = Math.min(wanted * 4, MOST_RANGES)) {
    const found = await ranges(db, criteria, below, wanted)
    if (found.length === 0) break
    lines.push(...(await rowsOf(db, found, criteria, before, limit - lines.length)))
    below = BigInt(found.at(-1)!.range)
  }
  return lines
}

/** The first range that has to be read as it is. */
async function summarise(db: Kysely<Tables>): Promise<bigint> {
  const { rows: found } = await sql<{ first: string }>`select summarise_ranges(${SUMMARISE_AT_MOST}) as first`.execute(
    db,
  )
  return BigInt(found[0]!.first)
}

/** Ranges below `below` that have all terms and touch the span of time, newest first. */
async function ranges(db: Kysely<Tables>, criteria: DigestedCriteria, below: bigint, wanted: number): Promise<Range[]> {
  const { fromMs, toMs } = criteria
  const terms = termsOf(criteria)
  const having = terms.length === 0 ? sql`` : sql`and terms @> ${hashes(terms)}`
  const since = fromMs === null ? sql`` : sql`and until_at >= ${new Date(fromMs)}`
  const until = toMs === null ? sql`` : sql`and from_at < ${new Date(toMs)}`
  const { rows: found } = await sql<Range>`
    select range, from_at, until_at from record_ranges where range < ${String(below)} ${having} ${since} ${until}
     order by range desc limit ${wanted}`.execute(db)
  return found
}

const hashes = (terms: readonly string[]): RawBuilder<unknown> =>
  sql`array[${sql.join(terms.map((term) => sql`term_hash(${term})`))}]`

/** Rows of the ranges, newest first; the months they lie in are known, so that only those partitions are opened. */
async function rowsOf(
  db: Kysely<Tables>,
  found: readonly Range[],
  criteria: DigestedCriteria,
  before: bigint | null,
  limit: number,
): Promise<RecordLine[]> {
  const spans = sql.join(
    found.map(({ range }) => {
      const first = BigInt(range) * RANGE
      return sql`(r.index >= ${String(first)} and r.index < ${String(first + RANGE)})`
    }),
    sql` or `,
  )
  const from = new Date(Math.min(...found.map(({ from_at }) => from_at.getTime())))
  // Timestamps come back in whole milliseconds; the last microseconds belong to the range too.
  const until = new Date(Math.max(...found.map(({ until_at }) => until_at.getTime())) + 1)
  return await rows(db, sql`(${spans}) and r.recorded_at between ${from} and ${until}`, criteria, before, limit)
}

async function rows(
  db: Kysely<Tables>,
  where: RawBuilder<unknown>,
  criteria: DigestedCriteria,
  before: bigint | null,
  limit: number,
): Promise<RecordLine[]> {
  const below = before === null ? sql`` : sql`and r.index < ${String(before)}`
  const { rows: found } = await sql<RecordRow>`
    select ${LINE_COLUMNS} from records r where ${where} ${below} and ${conditionsOf(criteria)}
     order by r.index desc limit ${limit}`.execute(db)
  return found.map(toLine)
}

async function direct(
  db: Kysely<Tables>,
  criteria: DigestedCriteria,
  before: bigint | null,
  limit: number,
): Promise<RecordLine[]> {
  if (criteria.subjectDigest === null && criteria.operatorDigest === null)
    return await rows(db, sql`true`, criteria, before, limit)
  const lines: RecordLine[] = []
  for (let below = before, wanted = limit; ; wanted = Math.min(wanted * 4, MOST_SIDES)) {
    const { rows: found } = await sql<RecordRow & { side_index: string }>`
      select s.index as side_index, ${LINE_COLUMNS} from ${bySides(criteria, below, wanted)}
       order by s.index desc`.execute(db)
    lines.push(...found.filter(({ index }) => index !== null).map(toLine))
    if (lines.length >= limit || found.length < wanted) return lines.slice(0, limit)
    below = BigInt(found.at(-1)!.side_index)
  }
}

/**
 * The `wanted` newest sides of a person below `below`, each with its record where that meets the other criteria.
 *
 * The inner limit and `offset 0` keep the planner from joining all records with all sides, which it believes to be cheap
 * because it takes index and time for independent (measured: 4 s).
 */
function bySides(criteria: DigestedCriteria, below: bigint | null, wanted: number): RawBuilder<unknown> {
  const { subjectDigest, operatorDigest, fromMs, toMs } = criteria
  const whose = [
    ...(subjectDigest === null
      ? []
      : [
          sql`(s.subject_digest = ${subjectDigest} or (s.party_digests <> '{}' and s.party_digests @> array[${subjectDigest}]))`,
        ]),
    ...(operatorDigest === null ? [] : [sql`s.operator_digest = ${operatorDigest}`]),
    ...(fromMs === null ? [] : [sql`s.recorded_at >= ${new Date(fromMs)}`]),
    ...(toMs === null ? [] : [sql`s.recorded_at < ${new Date(toMs)}`]),
    ...(below === null ? [] : [sql`s.index < ${String(below)}`]),
  ]
  const sides = sql`select s.index, s.recorded_at from record_sides s where ${sql.join(whose, sql` and `)}`
  // An operator's sides come in order from their index; a subject's are few and come from two, to be sorted together.
  const hits = subjectDigest === null ? sides : sql`${sides} offset 0`
  return sql`
    (select * from (${hits}) s order by s.index desc limit ${wanted}) s
    left join lateral (
      select * from records r where r.index = s.index and r.recorded_at = s.recorded_at and ${conditionsOf(criteria)} offset 0
    ) r on true`
}

async function count(
  db: Kysely<Tables>,
  criteria: DigestedCriteria,
): Promise<{ approximateCount: number; exact: boolean }> {
  const countRows = async (from: RawBuilder<unknown>): Promise<number> => {
    const { rows: found } = await sql<{ n: string }>`
      select count(*) as n from (select from ${from} limit ${COUNTED_ROWS}) counted`.execute(db)
    return Number(found[0]!.n)
  }
  if (leadsDirectly(criteria)) {
    const people = criteria.subjectDigest !== null || criteria.operatorDigest !== null
    const n = await countRows(
      people
        ? sql`${bySides(criteria, null, COUNTED_ROWS)} where r.index is not null`
        : sql`records r where ${conditionsOf(criteria)}`,
    )
    return { approximateCount: n, exact: n < COUNTED_ROWS }
  }
  const first = await summarise(db)
  const where = conditionsOf(criteria)
  const tail = await countRows(sql`records r where r.index >= ${String(first * RANGE)} and ${where}`)
  const found = await ranges(db, criteria, first, Number.MAX_SAFE_INTEGER)
  if (found.length === 0) return { approximateCount: tail, exact: tail < COUNTED_ROWS }
  // Every n-th range, so that the sample lies evenly over the whole time.
  const step = Math.ceil(found.length / COUNTED_RANGES)
  const sample = found.filter((_, place) => place % step === 0)
  const spans = sql.join(
    sample.map(
      ({ range }) =>
        sql`(r.index >= ${String(BigInt(range) * RANGE)} and r.index < ${String((BigInt(range) + 1n) * RANGE)})`,
    ),
    sql` or `,
  )
  const { rows: counted } = await sql<{ n: string }>`
    select count(*) as n from records r where (${spans}) and ${where}`.execute(db)
  const estimate = tail + Math.round((Number(counted[0]!.n) * found.length) / sample.length)
  return { approximateCount: estimate, exact: step === 1 && tail < COUNTED_ROWS }
}
