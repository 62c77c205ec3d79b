import { sql } from 'kysely'
import type {
  CountedForms,
  PrefillDimension,
  PrefillQuestion,
  PrefillStats,
  QualityCounts,
} from '../../../audit/prefill-stats.ts'
import { ExchangeError } from '../../../errors/exchange-error.ts'
import { COUNT_NAMES, type FormCounts } from '../../../prefill/rates.ts'
import { withoutJit } from '../audit/search.ts'
import { createReader } from '../reader.ts'

/** Records a reader counts on the way, as in `audit-stats.ts`. */
const ROLL_UP_AT_MOST = 4_096

const KEYS: Record<PrefillDimension, string> = {
  department: 'member',
  item: 'item',
  month: `to_char(month, 'YYYYMM')`,
  stage: 'scenario',
}
const COLUMNS: Record<keyof FormCounts, string> = {
  fields: 'fields',
  filled: 'filled',
  materials: 'materials',
  notNeeded: 'not_needed',
  abolished: 'abolished',
  byCertificate: 'by_certificate',
  bySharing: 'by_sharing',
  certificates: 'certificates',
}
const SUMS = COUNT_NAMES.map((name) => `sum(${COLUMNS[name]}) as "${name}"`).join(', ')

type FormsRow = { key: string; state: CountedForms['state']; basis: CountedForms['basis']; forms: string } & Record<
  keyof FormCounts,
  string
>
type QualityRow = { [Name in keyof QualityCounts]: string }

/** Rates of prefilled forms and of sources' quality, from the sums of 070 and 071. */
export function createPostgresPrefillStats({
  url,
  timeoutMs = 10_000,
}: {
  url: string
  timeoutMs?: number
}): PrefillStats {
  const db = createReader({ url: withoutJit(url), name: 'guanyi-prefill-stats', max: 2, timeoutMs })

  async function read({ by, fromMonth, toMonth, member, item }: PrefillQuestion) {
    const inMonths = sql`month between ${`${fromMonth}01`}::date and ${`${toMonth}01`}::date`
    const counted = await sql<{ next: string }>`select roll_up_prefills(${ROLL_UP_AT_MOST}) as next`.execute(db)
    const log = await sql<{ size: string }>`select size from log_head`.execute(db)
    const forms = await sql<FormsRow>`
      select ${sql.raw(KEYS[by])} as key, state, basis, sum(forms) as forms, ${sql.raw(SUMS)}
        from prefill_months
       where ${inMonths} and (${member ?? null}::text is null or member = ${member ?? null})
         and (${item ?? null}::text is null or item = ${item ?? null})
       group by 1, 2, 3`.execute(db)
    const quality =
      item !== undefined
        ? { rows: [] }
        : await sql<QualityRow>`
      select provider, dataset, sum(answers) as answers, sum(broken) as broken, sum(rows) as rows,
             sum(rows_failed) as "rowsFailed", sum("values") as values, sum(values_failed) as "valuesFailed"
        from quality_months
       where ${inMonths} and (${member ?? null}::text is null or provider = ${member ?? null})
       group by 1, 2 order by 1, 2`.execute(db)
    return {
      countedBelow: counted.rows[0]!.next,
      uncounted: Number(log.rows[0]!.size) - Number(counted.rows[0]!.next),
      forms: forms.rows.map(formsOf),
      quality: quality.rows.map(qualityOf),
    }
  }

  return {
    read: (question) =>
      read(question).catch((thrown) => {
        const code = (thrown as { code?: string }).code ?? 'none'
        throw new ExchangeError('record.unavailable', `the counts did not answer (code \`${code}\`)`)
      }),
    close: () => db.destroy(),
  }
}

function formsOf({ key, state, basis, forms, ...sums }: FormsRow): CountedForms {
  const counts = Object.fromEntries(COUNT_NAMES.map((name) => [name, Number(sums[name])])) as Record<
    keyof FormCounts,
    number
  >
  return { key, state, basis, forms: Number(forms), counts }
}

const qualityOf = ({ provider, dataset, ...sums }: QualityRow): QualityCounts => ({
  provider,
  dataset,
  answers: Number(sums.answers),
  broken: Number(sums.broken),
  rows: Number(sums.rows),
  rowsFailed: Number(sums.rowsFailed),
  values: Number(sums.values),
  valuesFailed: Number(sums.valuesFailed),
})
