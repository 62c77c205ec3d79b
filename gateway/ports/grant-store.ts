import type { Grant } from '../../policies/engine/types.ts'

/** Grants as the database holds them, with the version every change raises. */
export interface GrantStore {
  /** The version this process last saw. */
  version(): bigint
  /**
   * All grants, of any status, whose consumer is the system or one of the members, for one scenario.
   * Answered from memory where possible; never older than one second behind the database, and re-read at once
   * after `refresh`.
   *
   * Shape:  `version` is what the record compares; `since` (default: the same) a version since which exactly these have been
   *         the candidates of this query: while other grants change it stays as it is.
   */
  candidates(query: {
    system: string
    member: string
    scenario: string
  }): Promise<{ grants: readonly Grant[]; version: bigint; since?: bigint }>
  /** Reads the version from the database now. */
  refresh(): Promise<bigint>
  list(filter: { consumer?: string; scenario?: string; status?: string }): Promise<Grant[]>
  get(id: string): Promise<Grant | undefined>
  /** Adds or replaces a grant (seeding, drafts). */
  put(grant: Grant, by: string): Promise<void>
  /** The same for many, all or none, under one version. */
  putAll(grants: readonly Grant[], by: string): Promise<void>
  setStatus(id: string, status: Grant['status'], by: string, reason: string): Promise<Grant>
  /** Moves grants past their end to `expired`; answers how many. */
  expire(nowMs: number): Promise<number>
  close(): Promise<void>
}
