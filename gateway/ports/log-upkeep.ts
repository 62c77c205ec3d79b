/** Housekeeping of the log's store, done by its owner; the gateway itself has no right to any of it. */
export interface LogUpkeep {
  /**
   * Makes the partitions of the month `nowMs` lies in (China time) and of `ahead` further ones, where missing.
   *
   * A month that had none when its first record came keeps its records in the default partition (`keptInDefault`):
   * nothing is lost, but somebody should know.
   *
   * Errors: the store's own, also where others hold the log (a backup): it is not waited for, the next run makes them.
   */
  makePartitions(nowMs: number, ahead: number): Promise<{ made: string[]; keptInDefault: string[] }>
  /** Clears ids of requests and assertions that expired more than a day before `beforeMs`; answers how many. */
  clearRequestIds(beforeMs: number): Promise<number>
  close(): Promise<void>
}
