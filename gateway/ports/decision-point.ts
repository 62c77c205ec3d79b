import type { Decision, DecisionQuery, FieldFacts, Grant } from '../../policies/engine/types.ts'

/** Decides over candidate grants. Pure: same inputs, same answer, until `validUntilMs`. */
export interface DecisionPoint {
  /** SHA-256 of schema, policies and engine rules, base64url. */
  readonly policyVersion: string
  /**
   * Permit only when permitted candidates together cover every field and no forbid fired.
   * An evaluation error anywhere is a `forbid` with `alarm: true` (Cedar itself would skip a failing forbid).
   * `authorisationVersion`: one at which the candidates were these; equal for equal system, member and scenario means
   * equal candidates.
   */
  decide(
    query: DecisionQuery,
    candidates: readonly Grant[],
    facts: readonly FieldFacts[],
    authorisationVersion: bigint,
  ): Decision
}
