/** The largest head this installation has signed or seen signed. */
export interface AnchoredHead {
  size: number
  root: Buffer
}

/**
 * A note to ourselves that lies outside the database, so that a database restored from an older backup is recognised and
 * no second history is signed over the first.
 */
export interface LogAnchor {
  read(): Promise<AnchoredHead | undefined>
  /** Remembers a head, on disk when it resolves; a smaller one than is remembered changes nothing. */
  advance(head: AnchoredHead): Promise<void>
}
