import type { Scalar } from '../catalog/types.ts'
import type { Operator, Subject } from '../exchange.ts'
import type { DeclineReason } from '../ports/clerk-desk.ts'

/** What a clerk is told, sealed until they look. */
export interface SealedQuestion {
  subject: Subject
  inputs: Readonly<Record<string, string>>
  organisation: { id: string; name: string }
  officer: (Pick<Operator, 'id'> & { name: string | null; unit: string | null }) | null
  case: string | null
}

/** A task as everybody concerned may see it: nobody is named. */
export interface ClerkTask {
  id: string
  dataset: string
  /** Whose clerks answer it. */
  provider: string
  /** The department that asks. */
  member: string
  scenario: string
  item: string | null
  purpose: string
  fields: string[]
  openedAtMs: number
  /** `YYYYMMDD` */
  dueOn: string | null
  state: 'open' | 'answered' | 'declined' | 'withdrawn'
  reason: DeclineReason | null
  endedAtMs: number | null
}

export interface NewClerkTask
  extends Pick<
    ClerkTask,
    'id' | 'dataset' | 'provider' | 'member' | 'scenario' | 'item' | 'purpose' | 'fields' | 'openedAtMs' | 'dueOn'
  > {
  questionDigest: string
  subjectDigest: string
  sealedQuestion: Buffer
  /** The exchange that asks. */
  exchangeId: string
}

/** How the same question stands already. */
export interface StandingTask {
  id: string
  dueOn: string | null
  end:
    | null
    | { outcome: 'answered'; sealedAnswer: Buffer; endedAtMs: number; goodUntilMs: number }
    | { outcome: 'declined'; reason: DeclineReason; endedAtMs: number }
}

export type TaskEnd = { task: string; endedIn: string; endedAtMs: number } & (
  | { outcome: 'answered'; sealedAnswer: Buffer; goodUntilMs: number }
  | { outcome: 'declined'; reason: DeclineReason; goodUntilMs: number }
  | { outcome: 'withdrawn' }
)

export type AnsweredRecords = Record<string, Scalar>[]

/**
 * Tasks of clerks. One is seen by clerks and askers once an exchange that asks it is recorded as released.
 *
 * Errors of all: `record.unavailable` when the store does not answer.
 */
export interface ClerkTaskStore {
  /** The same question's open task or valid answer, else the new task; the asking exchange is entered beside an open one. */
  openOrJoin(task: NewClerkTask): Promise<StandingTask>
  /** Newest first, older than `before`. */
  list(
    whose: { provider: string } | { member: string },
    state: 'open' | 'ended' | null,
    before: string | null,
    limit: number,
  ): Promise<ClerkTask[]>
  find(id: string): Promise<(ClerkTask & { subjectDigest: string; sealedQuestion: Buffer }) | undefined>
  /** False when it has ended before, or is gone. */
  end(end: TaskEnd): Promise<boolean>
  probe(): Promise<void>
}
