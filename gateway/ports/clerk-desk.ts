import type { IdType, Scalar, SubjectType } from '../catalog/types.ts'
import type { CallerBlock } from './connector.ts'

/** Why a clerk could not answer: fixed words, because they are recorded and answered in clear. */
export const DECLINE_REASONS = ['not-ours', 'cannot-verify', 'insufficient'] as const
export type DeclineReason = (typeof DECLINE_REASONS)[number]

/** One question to people (协查), as the exchange asks it. */
export interface ClerkQuestion {
  dataset: string
  subjectType: SubjectType
  idType: IdType
  /** The dataset's inputs, `id` among them. */
  inputs: Readonly<Record<string, string>>
  fields: readonly string[]
  caller: CallerBlock
  /** Working days the provider has. */
  dueWorkingDays: number
  /** Days an answer may be used. */
  validDays: number
}

export type ClerkReply =
  /** `dueOn` is `YYYYMMDD`, and null where a year on the way has no official calendar (R39). */
  | { state: 'pending'; task: string; dueOn: string | null }
  | { state: 'answered'; task: string; records: Record<string, Scalar>[]; answeredAtMs: number; goodUntilMs: number }
  | { state: 'declined'; task: string; reason: DeclineReason; declinedAtMs: number }

/** Questions that a provider's clerk answers, kept by the gateway itself. */
export interface ClerkDesk {
  /**
   * The standing of this question: asked for the first time it becomes a task; asked again while the task is open it
   * makes no second one, and once the clerk has spoken it is answered from what was said, while that is valid.
   *
   * The same question is the same dataset, subject, inputs, asking department, scenario, item and purpose, and no more
   * fields. Errors: `provider.unreachable` when the store does not answer; `provider.contract` for what does not open.
   */
  ask(question: ClerkQuestion): Promise<ClerkReply>
  /** Errors: `provider.unreachable`. */
  probe(): Promise<void>
}
