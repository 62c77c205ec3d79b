import { answerValidator } from '../catalog/answer-schema.ts'
import type { CodeList, FieldEntry } from '../catalog/types.ts'
import type { AnswerChecks, DatasetAnswer } from '../exchange.ts'
import { normaliseSubjectId } from '../identifiers/index.ts'
import type { SourceChecks } from '../ports/exchange-log.ts'

type Row = Record<string, unknown>

/**
 * Whether an answer keeps its dataset's schema, and how many of its values pass all rules: type, length, code list and, for
 * a field that holds an identifier, its form and check digit (GB 11643, GB 32100).
 *
 * A value that is absent where it may be is not checked. A malformed identifier is a finding about the source and no reason
 * to withhold the answer: registers are older than the check (R124). `wanted` are source fields of the dataset.
 *
 * Source: R125, R133 (quality pass rate = values passing all rules ÷ values checked).
 */
export function checkAnswer(
  { dataset, records }: DatasetAnswer,
  wanted: readonly string[],
  codeLists: ReadonlyMap<string, CodeList>,
  today: string,
): { fits: boolean; checks: AnswerChecks } {
  const fitsWhole = answerValidator(dataset, wanted, codeLists)
  const fields = dataset.fields.filter(({ id }) => wanted.includes(id))
  const checks: AnswerChecks = { broken: false, rows: records.length, rowsFailed: 0, values: 0, valuesFailed: 0 }
  for (const record of records) {
    const fits = fitsWhole(record)
    if (!fits) checks.broken = true
    const failedBefore = checks.valuesFailed
    for (const field of fields) {
      const value = isRow(record) ? record[field.id] : undefined
      if ((value === undefined || value === null) && field.nullable === true) continue
      checks.values += 1
      const passes =
        (fits || answerValidator(dataset, [field.id], codeLists)(record)) && wellFormed(field, value, today)
      if (!passes) checks.valuesFailed += 1
    }
    if (!fits || checks.valuesFailed > failedBefore) checks.rowsFailed += 1
  }
  return { fits: !checks.broken, checks }
}

const isRow = (record: unknown): record is Row => typeof record === 'object' && record !== null

const wellFormed = ({ identifier }: FieldEntry, value: unknown, today: string): boolean =>
  identifier === undefined || (typeof value === 'string' && normaliseSubjectId(identifier, value, today).ok)

/** An answer that came but holds nothing to look at by value: it counts as broken, of no rows. */
export const BROKEN_WHOLE: AnswerChecks = { broken: true, rows: 0, rowsFailed: 0, values: 0, valuesFailed: 0 }

/**
 * What an exchange saw of its sources' quality, by dataset. Answers from the cache were checked when they were fetched; a
 * source that did not answer has shown no quality, good or bad.
 */
export function checksOf(answers: readonly DatasetAnswer[]): SourceChecks[] {
  const all = new Map<string, SourceChecks>()
  for (const { dataset, checks } of answers) {
    if (checks === undefined) continue
    const known = all.get(dataset.id)
    const sum = known ?? { provider: dataset.provider, dataset: dataset.id, answers: 0, ...NOTHING }
    all.set(dataset.id, {
      ...sum,
      answers: sum.answers + 1,
      broken: sum.broken + Number(checks.broken),
      rows: sum.rows + checks.rows,
      rowsFailed: sum.rowsFailed + checks.rowsFailed,
      values: sum.values + checks.values,
      valuesFailed: sum.valuesFailed + checks.valuesFailed,
    })
  }
  return [...all.values()]
}

const NOTHING = { broken: 0, rows: 0, rowsFailed: 0, values: 0, valuesFailed: 0 }
