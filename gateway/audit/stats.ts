export const STAT_DIMENSIONS = ['day', 'member', 'scenario', 'outcome', 'dataset', 'system', 'code'] as const
export type StatDimension = (typeof STAT_DIMENSIONS)[number]

/** One bar of a chart. */
export interface StatRow {
  key: string
  records: number
  released: number
  refused: number
  failed: number
}

export interface MonthlyDataset {
  dataset: string
  asked: number
  released: number
  /** Answers by status of the source; `unavailable` includes exchanges that failed because of it. */
  sources: Record<string, number>
  /** `unavailable` ÷ all answers; `null` without any. */
  unavailableRate: number | null
  /** Different subjects asked about through it, ± 3 %. */
  subjects: number
}

export interface MonthlyReport {
  /** `YYYYMM`. */
  month: string
  member: string
  /** Everything below this index is counted. */
  countedBelow: string
  consumer: {
    asked: number
    released: number
    refused: number
    failed: number
    byCode: Record<string, number>
    datasets: Record<string, number>
    scenarios: Record<string, number>
    /** Different subjects asked about, ± 3 %. */
    subjects: number
  }
  provider: MonthlyDataset[]
}

export interface ExchangeStats {
  /** Days are `YYYYMMDD` in China time, both included. Administrative acts are not exchanges and not counted. */
  exchanges(by: StatDimension, fromDay: string, toDay: string): Promise<{ rows: StatRow[]; countedBelow: string }>
  /** `provided`: the datasets the member provides. */
  monthly(month: string, member: string, provided: readonly string[]): Promise<MonthlyReport>
  close(): Promise<void>
}

const BUCKETS = 1024

/**
 * How many different things HyperLogLog registers have seen.
 *
 * Shape:  ranks of the buckets that are not empty, out of 1,024; standard error 1.04 ÷ √1,024 = 3.3 %.
 * Source: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog" (2007), figure 3, with linear counting for small numbers.
 */
export function estimateDistinct(ranks: readonly number[]): number {
  const empty = BUCKETS - ranks.length
  const sum = empty + ranks.reduce((total, rank) => total + 2 ** -rank, 0)
  const raw = ((0.7213 / (1 + 1.079 / BUCKETS)) * BUCKETS ** 2) / sum
  return Math.round(raw <= 2.5 * BUCKETS && empty > 0 ? BUCKETS * Math.log(BUCKETS / empty) : raw)
}
