import { sql } from 'kysely'
import { ExchangeError } from '../../errors/exchange-error.ts'
import type { DialectProfiles, StoredProfile } from '../../ports/dialect-profiles.ts'
import { createReader } from './reader.ts'

interface Row {
  id: string
  rid: string
  sid: string
  system: string
  document: string
  sealed_secret: Buffer
  admitted_at: Date
  revoked_at: Date | null
}

/** More of one requester are not looked at: a caller has a handful of services. */
const MAX_OF_CALLER = 256

/** Profiles in PostgreSQL (090-dialect-profiles). */
export function createPostgresDialectProfiles({ url }: { url: string }): DialectProfiles {
  const db = createReader({ url, name: 'guanyi-dialects', max: 4, timeoutMs: 2_000 })
  const columns = sql`p.id, p.rid, p.sid, p.system, p.document, p.sealed_secret, p.admitted_at, r.revoked_at`
  const joined = sql`dialect_profiles p left join dialect_revocations r on r.profile_id = p.id`
  return {
    async any() {
      const { rows } = await sql`select from dialect_profiles limit 1`.execute(db).catch(unavailable)
      return rows.length > 0
    },
    async ofCaller(rid) {
      const { rows } = await sql<Row>`
        select ${columns} from ${joined} where p.rid = ${rid}
         order by p.admitted_at desc, p.id limit ${MAX_OF_CALLER}`
        .execute(db)
        .catch(unavailable)
      return rows.map(read)
    },
    async list() {
      const { rows } = await sql<Row>`select ${columns} from ${joined} order by p.id`.execute(db).catch(unavailable)
      return rows.map(read)
    },
    async admit({ id, rid, sid, system, document, sealedSecret, admittedAtMs }, by) {
      const { numAffectedRows = 0n } = await sql`
        insert into dialect_profiles (id, rid, sid, system, document, sealed_secret, admitted_at, admitted_by)
        values (${id}, ${rid}, ${sid}, ${system}, ${document}, ${sealedSecret}, ${new Date(admittedAtMs)}, ${by})
        on conflict (id) do nothing`
        .execute(db)
        .catch(unavailable)
      return numAffectedRows === 1n
    },
    async revoke(id, by, reason, atMs) {
      const { numAffectedRows = 0n } = await sql`
        insert into dialect_revocations (profile_id, revoked_at, revoked_by, reason)
        select p.id, ${new Date(atMs)}, ${by}, ${reason} from dialect_profiles p where p.id = ${id}
        on conflict (profile_id) do nothing`
        .execute(db)
        .catch(unavailable)
      return numAffectedRows === 1n
    },
    close: () => db.destroy(),
  }
}

const read = (row: Row): StoredProfile => ({
  id: row.id,
  rid: row.rid,
  sid: row.sid,
  system: row.system,
  document: row.document,
  sealedSecret: row.sealed_secret,
  admittedAtMs: row.admitted_at.getTime(),
  revokedAtMs: row.revoked_at?.getTime() ?? null,
})

function unavailable(cause: unknown): never {
  throw new ExchangeError('record.unavailable', 'the profiles of old callers cannot be confirmed', { cause })
}
