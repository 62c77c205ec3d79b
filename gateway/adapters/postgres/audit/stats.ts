import { type Kysely, sql } from 'kysely'
import { type ExchangeStats, estimateDistinct, type MonthlyReport, type StatDimension } from '../../../audit/stats.ts'
import { ExchangeError } from '../../../errors/exchange-error.ts'
import { createReader } from '../reader.ts'
import type { Tables } from '../tables.ts'
import { withoutJit } from './search.ts'

/** Records a reader counts on the way, so that charts are current without the job; about 100 ms. */
const ROLL_UP_AT_MOST = 4_096

/** Which dimension of `record_days` answers, and which of its columns is the key. */
const SOURCES: Record<StatDimension, { dimension: string; key: string }> = {
  day: { dimension: 'mode', key: `to_char(day, 'YYYYMMDD')` },
  member: { dimension: 'mode', key: 'member' },
  outcome: { dimension: 'mode', key: 'outcome' },
  scenario: { dimension: 'scenario', key: 'value' },
  dataset: { dimension: 'dataset', key: 'value' },
  system: { dimension: 'system', key: 'value' },
  code: { dimension: 'code', key: 'value' },
}
/** Operators' acts carry mode `admin`, no scenario, no code, and this in place of a system. */
const NOT_EXCHANGES: Record<string, string> = { mode: 'admin', system: 'operator', scenario: '', code: '' }

interface CountRow {
  dimension: string
  value: string
  outcome: string
  records: string
}

/** Charts and monthly reports from the counts of 021-audit-days. */
export function createPostgresStats({ url, timeoutMs = 10_000 }: { url: string; timeoutMs?: number }): ExchangeStats {
  const db = createReader({ url: withoutJit(url), name: 'guanyi-stats', max: 2, timeoutMs })
  const answered = <T>(work: Promise<T>): Promise<T> =>
    work.catch((thrown) => {
      const code = (thrown as { code?: string }).code ?? 'none'
      throw new ExchangeError('record.unavailable', `the counts did not answer (code \`${code}\`)`)
    })
  return {
    exchanges: (by, fromDay, toDay) => answered(exchanges(db, by, fromDay, toDay)),
    monthly: (month, member, provided) => answered(monthly(db, month, member, provided)),
    close: () => db.destroy(),
  }
}

async function rollUp(db: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ next: string }>`select roll_up_days(${ROLL_UP_AT_MOST}) as next`.execute(db)
  return rows[0]!.next
}

async function exchanges(db: Kysely<Tables>, by: StatDimension, fromDay: string, toDay: string) {
  const countedBelow = await rollUp(db)
  const { dimension, key } = SOURCES[by]
  const { rows } = await sql<{ key: string; records: string; released: string; refused: string; failed: string }>`
    select ${sql.raw(key)} as key, sum(records) as records,
           coalesce(sum(records) filter (where outcome = 'released'), 0) as released,
           coalesce(sum(records) filter (where outcome = 'refused'), 0) as refused,
           coalesce(sum(records) filter (where outcome = 'failed'), 0) as failed
      from record_days
     where dimension = ${dimension} and day between ${fromDay}::date and ${toDay}::date
       and value is distinct from ${NOT_EXCHANGES[dimension] ?? null}
     group by 1 order by ${sql.raw(by === 'day' ? '1' : '2 desc, 1')}`.execute(db)
  return {
    countedBelow,
    rows: rows.map((row) => ({
      key: row.key,
      records: Number(row.records),
      released: Number(row.released),
      refused: Number(row.refused),
      failed: Number(row.failed),
    })),
  }
}

async function monthly(
  db: Kysely<Tables>,
  month: string,
  member: string,
  provided: readonly string[],
): Promise<MonthlyReport> {
  const countedBelow = await rollUp(db)
  const first = `${month}01`
  const inMonth = sql`day >= ${first}::date and day < ${first}::date + interval '1 month'`
  const asConsumer = await sql<CountRow>`
    select dimension, value, outcome, sum(records) as records from record_days
     where ${inMonth} and member = ${member} and dimension in ('mode', 'code', 'dataset', 'scenario')
     group by dimension, value, outcome`.execute(db)
  const asProvider = await sql<CountRow>`
    select dimension, value, outcome, sum(records) as records from record_days
     where ${inMonth} and dimension in ('dataset', 'source') and value = any (${[...provided]})
     group by dimension, value, outcome`.execute(db)
  const registers = await sql<{ kind: string; id: string; ranks: number[] }>`
    select kind, id, array_agg(rank) as ranks from subject_registers
     where month = ${first}::date
       and (kind = 'member' and id = ${member} or kind = 'dataset' and id = any (${[...provided]}))
     group by kind, id`.execute(db)
  const subjects = (kind: string, id: string): number =>
    estimateDistinct(registers.rows.find((row) => row.kind === kind && row.id === id)?.ranks ?? [])

  const modes = asConsumer.rows.filter(({ dimension, value }) => dimension === 'mode' && value !== 'admin')
  const total = (rows: readonly CountRow[], outcome?: string): number =>
    rows.reduce((sum, row) => sum + (outcome === undefined || row.outcome === outcome ? Number(row.records) : 0), 0)
  const by = (dimension: string): Record<string, number> => {
    const sums: Record<string, number> = {}
    for (const row of asConsumer.rows) {
      if (row.dimension === dimension && row.value !== '')
        sums[row.value] = (sums[row.value] ?? 0) + Number(row.records)
    }
    return sums
  }
  return {
    month,
    member,
    countedBelow,
    consumer: {
      asked: total(modes),
      released: total(modes, 'released'),
      refused: total(modes, 'refused'),
      failed: total(modes, 'failed'),
      byCode: by('code'),
      datasets: by('dataset'),
      scenarios: by('scenario'),
      subjects: subjects('member', member),
    },
    provider: provided.map((dataset) => {
      const asked = asProvider.rows.filter((row) => row.dimension === 'dataset' && row.value === dataset)
      const answers = asProvider.rows.filter((row) => row.dimension === 'source' && row.value === dataset)
      const all = total(answers)
      return {
        dataset,
        asked: total(asked),
        released: total(asked, 'released'),
        sources: Object.fromEntries(answers.map((row) => [row.outcome, Number(row.records)])),
        unavailableRate: all === 0 ? null : total(answers, 'unavailable') / all,
        subjects: subjects('dataset', dataset),
      }
    }),
  }
}
