/** Whether departments are being answered one by one just now, at any gateway: whoever runs lines of batches stands back. */
export interface Presence {
  /** Says so of this process; cheap however often it is said. */
  note(): void
  /** As of a moment ago. While nobody can know, somebody is assumed to wait. */
  somebodyWaits(): boolean
  close(): void
}
