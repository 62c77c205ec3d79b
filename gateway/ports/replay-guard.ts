/** Early, cheap refusal of repeated request ids. The database is the authority (`ExchangeLog.append`). */
export interface ReplayGuard {
  /**
   * Claims (`iss`, `jti`) for an exchange until `expiresAtMs`. Answers the first exchange's id when it was claimed
   * before, `'claimed'` otherwise, also when the store is away: the log refuses the rest.
   */
  claim(
    iss: string,
    jti: string,
    exchangeId: string,
    expiresAtMs: number,
  ): Promise<'claimed' | { firstExchangeId: string }>
}
