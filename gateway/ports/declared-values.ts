import type { Scalar } from '../catalog/types.ts'
import type { Subject } from '../exchange.ts'

/** How a department satisfied itself that what an applicant said is so. */
export const VERIFICATION_METHODS = ['document', 'system', 'contact', 'visit', 'commitment'] as const
export type VerificationMethod = (typeof VERIFICATION_METHODS)[number]

/** Where a declared value is from; no value in it. */
export interface Declaration {
  /** The exchange it was declared in: its record is in the log. */
  exchange: string
  /** Member that verified and declared it. */
  by: string
  declaredAtMs: number
  verifiedAtMs: number
  method: VerificationMethod
  /** Last day on which it is used, `YYYYMMDD` in China. */
  validUntil: string
}

export interface DeclaredValue {
  field: string
  value: Scalar
  declaration: Declaration
}

/** What applicants supplied and departments verified (最多报一次), kept by the gateway itself. */
export interface DeclaredValues {
  /**
   * The value in force of each field: of all that was declared and not struck the newest, and that only while it is
   * valid. What a newer one replaced does not come back when the newer one ends or is erased.
   *
   * Errors: `provider.unreachable` when the store does not answer; `provider.contract` for what does not open.
   */
  inForce(dataset: string, subject: Subject, fields: readonly string[], nowMs: number): Promise<DeclaredValue[]>
  /** Errors: `provider.unreachable`. */
  probe(): Promise<void>
}
