/** One admission of an old caller to one service, as it is stored. Only what the document says counts; the rest finds it. */
export interface StoredProfile {
  id: string
  /** Requester and service as the old caller names them in its headers. */
  rid: string
  sid: string
  system: string
  /** The signed profile, a compact JWS. */
  document: string
  /** The caller's shared secret; opens only beside this id, rid, sid and system. */
  sealedSecret: Buffer
  admittedAtMs: number
  /** Null while it is in force. */
  revokedAtMs: number | null
}

/**
 * Signed profiles under which old callers are admitted. Both admission and revocation are only ever added: a revoked
 * profile cannot come back, a renewal is a profile of its own.
 *
 * Errors: `record.unavailable` from every method while the store is away: an admission that cannot be confirmed admits nobody.
 */
export interface DialectProfiles {
  /** True once anybody was ever admitted; the dialect's paths exist from then on. */
  any(): Promise<boolean>
  /** All of a requester, revoked ones too, newest first; read from the store each time, so that a revocation holds at once. */
  ofCaller(rid: string): Promise<StoredProfile[]>
  /** All, by id. */
  list(): Promise<StoredProfile[]>
  /** False when the id is taken. */
  admit(profile: Omit<StoredProfile, 'revokedAtMs'>, by: string): Promise<boolean>
  /** False when there is no such profile, or it was revoked before. */
  revoke(id: string, by: string, reason: string, atMs: number): Promise<boolean>
  close(): Promise<void>
}
