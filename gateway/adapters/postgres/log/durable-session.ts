import pg from 'pg'
import { standingOf } from '../applied-steps.ts'

/**
 * Readies a session for writing the log, or says why it must not be used.
 *
 * `synchronous_commit = off` answers before the record is on disk: up to three WAL writer rounds of acknowledged records
 * would be gone after a crash. The value found is then fixed for the session, so that a later change of the server's
 * configuration cannot loosen it under our feet. READ COMMITTED is what `append_records` is reasoned for.
 *
 * Errors: an `Error` in both languages for an unsafe or unfit database; the driver's own otherwise.
 */
export async function assertDurableSession(client: pg.Client, statementTimeoutMs: number): Promise<void> {
  const { rows } = await client.query<{ commit: string; standby: boolean; steps: string[] | null }>(`
    select current_setting('synchronous_commit') as commit, pg_is_in_recovery() as standby,
           (select array_agg(name::text) from kysely_migration) as steps`)
  const found = rows[0]
  if (found === undefined || found.commit === 'off') {
    throw new Error('PostgreSQL 的 synchronous_commit 为 off，拒绝使用 (synchronous_commit is off: refused)')
  }
  if (found.standby) throw new Error('PostgreSQL 是只读备库 (a standby cannot hold the log)')
  const { missing } = standingOf(found.steps ?? [])
  if (missing.length > 0) {
    throw new Error(`数据库结构不全，请先运行 guanyi migrate (the schema lacks \`${missing.join('`, `')}\`)`)
  }
  const setting = (name: string, value: string) => `set ${name} = ${client.escapeLiteral(value)};`
  await client.query(
    setting('synchronous_commit', found.commit) +
      setting('default_transaction_isolation', 'read committed') +
      setting('statement_timeout', String(statementTimeoutMs)) +
      setting('idle_in_transaction_session_timeout', '5000'),
  )
}

/** For the start of a gateway: refuses a database that is away, unsafe, a standby or not migrated. */
export async function assertDurable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000, query_timeout: 3000 })
  client.on('error', () => {})
  await client.connect()
  try {
    await assertDurableSession(client, 3000)
  } finally {
    await client.end()
  }
}
