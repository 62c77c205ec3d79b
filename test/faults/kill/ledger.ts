/** What a caller was told about one exchange. */
export interface Told {
  exchangeId: string
  jti: string
  /** `refused` stands for failures too. */
  outcome: 'released' | 'refused'
  /** The problem's code; null for a release, and where only the outcome was told. */
  code: string | null
  /** `x-record-index`; null where the answer names none. */
  index: number | null
  /** SHA-256 of the issuer-signed JWT that came. */
  jwtHash: string | null
  /** Heard of as the first exchange of a repeated request, not as its answer. */
  told: boolean
}

/** An answer kept whole. */
export interface Sample {
  answer: Record<string, unknown>
  body: string
  system: string
}

/** Everything the callers saw. */
export interface Ledger {
  readonly answers: readonly Told[]
  readonly samples: Sample[]
  readonly faults: string[]
  released: number
  refused: number
  /** Repeats that were told as such. */
  replayed: number
  /** No answer, or half of one. */
  lost: number
  /** `record.unavailable`: the record may be there or not. */
  unavailable: number
  enter(told: Told): void
  fault(line: string): void
}

/** More would only repeat the first. */
const MOST_FAULTS = 50

export function createLedger(): Ledger {
  const answers: Told[] = []
  const byExchange = new Map<string, Told>()
  const byRequest = new Map<string, string>()
  const ledger: Ledger = {
    answers,
    samples: [],
    faults: [],
    released: 0,
    refused: 0,
    replayed: 0,
    lost: 0,
    unavailable: 0,
    enter(told) {
      const before = byExchange.get(told.exchangeId)
      if (before !== undefined && before.outcome !== told.outcome)
        ledger.fault(`${told.exchangeId}：两次答复不一 / told to be ${before.outcome}, then ${told.outcome}`)
      const first = byRequest.get(told.jti)
      if (first !== undefined && first !== told.exchangeId)
        ledger.fault(`${told.jti}：一个请求两次交换 / one request, two exchanges ${first}, ${told.exchangeId}`)
      byExchange.set(told.exchangeId, told)
      byRequest.set(told.jti, told.exchangeId)
      answers.push(told)
      if (!told.told) ledger[told.outcome] += 1
    },
    fault(line) {
      if (ledger.faults.length < MOST_FAULTS && !ledger.faults.includes(line)) ledger.faults.push(line)
    },
  }
  return ledger
}
