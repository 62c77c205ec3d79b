import { type Kysely, sql } from 'kysely'

/** What the service may do where people are the source: add, and nothing else. */
export async function grantPeopleRights(db: Kysely<unknown>, role: string): Promise<void> {
  const to = sql.id(role)
  await sql`grant select, insert on declarations, declared_values, declaration_strikes to ${to}`.execute(db)
  await sql`grant select, insert on clerk_tasks, clerk_task_askings, clerk_task_ends to ${to}`.execute(db)
  await sql`grant select on clerk_tasks_seen to ${to}`.execute(db)
}
