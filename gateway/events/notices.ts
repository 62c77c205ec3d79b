/** Change notices, corrections and use reports as they are stored. Errors of all: `record.unavailable`. */

export interface ChangeNotice {
  /** The call that brought it, or what it reserved: the id of a record, once there is one. */
  exchangeId: string
  member: string
  dataset: string
  change: 'created' | 'updated' | 'removed'
  /** `<idType>:<normal form>`, as the result cache keys it; sealed. */
  sealedSubject: Buffer
  occurredAtMs: number
  reportedAtMs: number
}

export type CorrectionState = 'open' | 'answered' | 'closed'
export type CorrectionResult = 'corrected' | 'confirmed' | 'not-held'

export interface Correction {
  number: string
  exchangeId: string
  aboutExchange: string
  /** Who filed it. */
  system: string
  member: string
  /** The source body it goes to. */
  provider: string
  dataset: string
  fields: string[]
  subjectDigest: string
  /** Subject, evidence text: JSON, sealed for the number. */
  sealedText: Buffer
  openedAtMs: number
  /** `YYYYMMDD`; null in a year without an official calendar. */
  dueOn: string | null
}

export interface CorrectionStep {
  state: CorrectionState
  exchangeId: string
  system: string
  member: string
  result: CorrectionResult | null
  sealedText: Buffer | null
  enteredAtMs: number
}

export interface UsageReport {
  exchangeId: string
  aboutExchange: string
  system: string
  member: string
  dataset: string | null
  state: 'correct' | 'incomplete' | 'wrong' | 'unused'
  reportedAtMs: number
}

export interface NoticeStore {
  addChange(notice: ChangeNotice): Promise<void>
  /** Notices whose subject's cached answers are still readable, oldest first; a declaration's from its record on. */
  unraised(limit: number): Promise<{ exchangeId: string; sealedSubject: Buffer }[]>
  raised(exchangeId: string, nowMs: number): Promise<void>

  nextCorrectionNumber(day: string): Promise<string>
  addCorrection(correction: Correction, step: CorrectionStep): Promise<void>
  correction(number: string): Promise<{ correction: Correction; steps: CorrectionStep[] } | undefined>
  /** Newest first. */
  corrections(
    box: { filedBy: string } | { receivedBy: string },
    limit: number,
  ): Promise<{ correction: Correction; state: CorrectionState }[]>
  /** False when the correction is in that state already, or past it. */
  addStep(number: string, step: CorrectionStep): Promise<boolean>
  /** Corrections without an answer, for the mark on answers (R45). */
  openCorrections(): Promise<{ number: string; dataset: string; subjectDigest: string }[]>

  addUsage(report: UsageReport): Promise<void>
  /** True when the record is about the subject, itself or as a party. */
  isAbout(exchangeId: string, subjectDigest: string): Promise<boolean>
}
