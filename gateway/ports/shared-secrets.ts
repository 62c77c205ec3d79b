/**
 * Small sealed values that all processes of an installation share and one of them renews at a time: login secrets that
 * a partner's platform replaces by itself (R147). What is stored is opaque here; whoever stores it seals it.
 */
export interface SharedSecrets {
  /** The stored bytes, `null` when there are none yet. Errors: `internal` when the store is away. */
  read(name: string): Promise<Buffer | null>
  /**
   * Runs `work` with the stored bytes while no other process does so for this name, and stores what it answers.
   *
   * Shape:  `busy` = another process is at it, nothing was run; `null` from `work` leaves the value as it is.
   * Errors: what `work` throws; then nothing is stored.
   */
  renew(name: string, work: (current: Buffer | null) => Promise<Buffer | null>): Promise<'done' | 'busy'>
}
