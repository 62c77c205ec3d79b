export interface CaseQuestion {
  caseNo: string | null
  /** 申报流水号, where there is no case number yet. */
  application: string | null
  item: string | null
  /** Keyed digest, as records have it. */
  subjectDigest: string
}

/** The cases that departments and the approval platform have reported. */
export interface CaseRegister {
  /**
   * True when a reported case (or application) of this number names the subject as one of its parties, for this item
   * where both say one.
   *
   * An unknown case is false: what nobody reported proves nothing.
   * Errors: `record.unavailable` when the register does not answer: the decision stays open, and nothing is released.
   */
  isParty(question: CaseQuestion): Promise<boolean>
}
