import { gunzipSync, gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import type { Grant } from '../../../../policies/engine/types.ts'
import type { EvidenceStore, GrantChange } from '../../../evidence-package/types.ts'
import { createReader } from '../reader.ts'

const MAX_TEXT_BYTES = 64 * 1024 * 1024

/** Sealed sides, histories of grants, texts of versions: what evidence packages are made of; `url` is the service's. */
export function createPostgresEvidenceStore({ url }: { url: string }): EvidenceStore {
  const db = createReader({ url, name: 'guanyi-evidence', max: 2, timeoutMs: 10_000 })
  return {
    async sealed(exchangeId) {
      const { rows } = await sql<{ salt: Buffer; sealed_operator: Buffer | null; sealed_request: Buffer | null }>`
        select s.salt, s.sealed_operator, s.sealed_request
          from exchange_ids e join record_sides s on s.index = e.index and s.recorded_at = e.recorded_at
         where e.exchange_id = ${exchangeId}`.execute(db)
      const [row] = rows
      return row && { salt: row.salt, sealedOperator: row.sealed_operator, sealedRequest: row.sealed_request }
    },
    async grantAt(grantId, version) {
      const { rows } = await sql<{ document: Grant; version: string }>`
        select document, version from grant_documents
         where grant_id = ${grantId} and (${version === null} or version <= ${String(version ?? 0)}::bigint)
         order by version desc limit 1`.execute(db)
      return rows[0]
    },
    async grantChanges(grantId) {
      const { rows } = await sql<GrantChange>`
        select version::text as version, changed_by as by, from_status as "from", to_status as "to", reason,
               to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
          from grant_changes where grant_id = ${grantId} order by id`.execute(db)
      return rows
    },
    async keepVersion(kind, version, text) {
      await sql`
        insert into published_versions (kind, version, content)
        select ${kind}, ${version}, ${gzipSync(text, { level: 9 })}
         where not exists (select from published_versions where kind = ${kind} and version = ${version})
            on conflict do nothing`.execute(db)
    },
    async publishedVersion(kind, version) {
      const { rows } = await sql<{ content: Buffer }>`
        select content from published_versions where kind = ${kind} and version = ${version}`.execute(db)
      return rows[0] && gunzipSync(rows[0].content, { maxOutputLength: MAX_TEXT_BYTES }).toString('utf8')
    },
    close: () => db.destroy(),
  }
}
