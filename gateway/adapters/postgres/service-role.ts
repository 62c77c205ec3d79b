import { type Kysely, sql } from 'kysely'
import { grantBatchRights } from './batches/rights.ts'
import { grantDossierRights } from './dossier/rights.ts'
import { grantPeopleRights } from './people/rights.ts'
import { scramVerifier } from './scram.ts'

export const DEFAULT_SERVICE_ROLE = 'guanyi_gateway'

/** Roles belong to the whole server: another database's migration may be writing the same row at the same moment. */
const CONCURRENT_CODES = new Set(['XX000', '42710', '23505'])

async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work()
      return
    } catch (thrown) {
      const code = (thrown as { code?: string }).code ?? ''
      if (attempt === 10 || !CONCURRENT_CODES.has(code)) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt))
    }
  }
}

/** Makes the role the gateway logs in with where it is missing, and sets its password where one is given. */
export async function ensureServiceRole(db: Kysely<unknown>, role: string, password?: string): Promise<void> {
  await retried(async () => {
    const found = await sql`select from pg_roles where rolname = ${role}`.execute(db)
    if (found.rows.length === 0) await sql`create role ${sql.id(role)} login`.execute(db)
  })
  if (password !== undefined) {
    const verifier = scramVerifier(password)
    await retried(() => sql`alter role ${sql.id(role)} login password ${sql.lit(verifier)}`.execute(db))
  }
}

/**
 * What the service may do: read everything, change grants, and append through `append_records`. It has no right to
 * insert, update or delete records, sides or ids itself; safe to run again.
 */
export async function grantServiceRights(db: Kysely<unknown>, role: string): Promise<void> {
  const to = sql.id(role)
  await sql`grant usage on schema public to ${to}`.execute(db)
  await sql`
    grant select on authorisation_version, authorisation_scopes, grants, grant_changes, log_head, exchange_ids, request_ids, assertion_ids,
      records, record_sides, kysely_migration to ${to}`.execute(db)
  await sql`grant insert, update on grants to ${to}`.execute(db)
  await sql`grant insert on assertion_ids to ${to}`.execute(db)
  await sql`grant execute on function append_records to ${to}`.execute(db)
  await grantDossierRights(db, role)
  await sql`grant select on log_tree, log_tiles, log_bundles, log_checkpoints to ${to}`.execute(db)
  await sql`grant execute on function grow_log, publish_checkpoint, cosign_checkpoint to ${to}`.execute(db)
  await sql`grant select on retention_rules, grant_documents, published_versions to ${to}`.execute(db)
  await sql`grant insert on published_versions to ${to}`.execute(db)
  await sql`grant select, insert, update on shared_secrets to ${to}`.execute(db)
  await sql`grant select, insert, delete on prefills to ${to}`.execute(db)
  await sql`grant select, insert on material_codes to ${to}`.execute(db)
  await grantBatchRights(db, role)
  await sql`grant select, insert on dialect_profiles, dialect_revocations to ${to}`.execute(db)
  await grantPeopleRights(db, role)
  await sql`grant select on prefill_months, quality_months to ${to}`.execute(db)
  await sql`grant execute on function roll_up_prefills, count_checks to ${to}`.execute(db)
  await sql`grant select on record_ranges, record_days, subject_registers, rollup_position, findings to ${to}`.execute(
    db,
  )
  await sql`grant execute on function summarise_ranges, roll_up_days, close_finding, append_records_noting to ${to}`.execute(
    db,
  )
}
