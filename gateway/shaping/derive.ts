import type { Condition, DatasetEntry, DerivedRule, Scalar } from '../catalog/types.ts'
import { chinaDay } from '../requests/subjects.ts'

type Row = Record<string, unknown>

/** Computes one derived field over the rows of an answer. The rows themselves are not released by it. */
export function derive(dataset: DatasetEntry, fieldId: string, rows: readonly Row[], nowMs: number): Scalar {
  const field = dataset.derived.find(({ id }) => id === fieldId)
  if (field === undefined) throw new Error(`dataset \`${dataset.id}\` derives no \`${fieldId}\``)
  return evaluate(field.rule, rows, chinaDay(nowMs))
}

function evaluate(rule: DerivedRule, rows: readonly Row[], today: string): Scalar {
  switch (rule.kind) {
    case 'any':
      return rows.some(meets(rule.where))
    case 'count':
      return rows.filter(meets(rule.where)).length
    case 'sum':
      return rows.filter(meets(rule.where)).reduce((sum, row) => sum + Number(row[rule.field] ?? 0), 0)
    case 'latest':
    case 'earliest':
      return extreme(rule.kind, rows.filter(meets(rule.where)), rule.field)
    case 'consecutive-months':
      return hasConsecutiveMonths(
        rows.filter(meets(rule.where)).map((row) => String(row[rule.field])),
        rule.months,
        rule.endingWithinMonths,
        today,
      )
    case 'age':
      return wholeYears(rows[0]?.[rule.field], today)
  }
}

const meets =
  (where: readonly Condition[]) =>
  (row: Row): boolean =>
    where.every((condition) => meetsOne(condition, row[condition.field]))

/** An absent value meets no condition. Dates and months are compared as the strings they are. */
function meetsOne({ equals, in: among, atLeast, atMost }: Condition, value: unknown): boolean {
  if (value === undefined || value === null) return equals === null
  if (equals !== undefined && value !== equals) return false
  if (among !== undefined && !among.includes(value as Scalar)) return false
  if (atLeast !== undefined && !(typeof value === typeof atLeast && value >= atLeast)) return false
  if (atMost !== undefined && !(typeof value === typeof atMost && value <= atMost)) return false
  return true
}

function extreme(kind: 'latest' | 'earliest', rows: readonly Row[], field: string): Scalar {
  const values = rows
    .map((row) => row[field])
    .filter((value): value is string | number => typeof value === 'string' || typeof value === 'number')
  if (values.length === 0) return null
  return values.reduce((best, value) => ((kind === 'latest' ? value > best : value < best) ? value : best))
}

const MONTH = /^(\d{4})(0[1-9]|1[0-2])$/

/** Months since year 0, or NaN for anything that is not `YYYYMM`. */
function monthNumber(month: string): number {
  const parts = MONTH.exec(month)
  return parts === null ? Number.NaN : Number(parts[1]) * 12 + Number(parts[2]) - 1
}

function hasConsecutiveMonths(months: readonly string[], needed: number, endingWithin: number, today: string): boolean {
  const current = monthNumber(today.slice(0, 6))
  const present = new Set(months.map(monthNumber).filter((month) => month <= current))
  for (let end = current; end >= current - endingWithin; end--) {
    let run = 0
    while (run < needed && present.has(end - run)) run++
    if (run >= needed) return true
  }
  return false
}

/** Years completed on `today`, both `YYYYMMDD`: a person born on 29 February completes a year on 1 March of a common year. */
function wholeYears(birth: unknown, today: string): number | null {
  if (typeof birth !== 'string' || !/^\d{8}$/.test(birth) || birth > today) return null
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4))
  return today.slice(4) < birth.slice(4) ? years - 1 : years
}
