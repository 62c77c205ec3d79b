/** Leads from a verification code to the record of the paper it is printed on. Holds no code in clear and nothing personal. */
export interface MaterialCodes {
  /**
   * Shape:  `digest` is the SHA-256 of the code's normal form, 32 bytes; each is put once.
   * Errors: `record.unavailable`.
   */
  put(row: { digest: Buffer; exchangeId: string; issuedAtMs: number }): Promise<void>
  /** Exchange id of the delivery's record. Errors: `record.unavailable`. */
  find(digest: Buffer): Promise<string | undefined>
  close(): Promise<void>
}
