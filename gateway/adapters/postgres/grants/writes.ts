import { type Kysely, sql, type Transaction } from 'kysely'
import type { Grant } from '../../../../policies/engine/types.ts'
import type { Tables } from '../tables.ts'

/** Who changes grants and why; ends up in `grant_changes`. */
interface Author {
  by: string
  reason: string
}

async function signed<T>(db: Kysely<Tables>, { by, reason }: Author, work: (tx: Transaction<Tables>) => Promise<T>) {
  return db.transaction().execute(async (tx) => {
    await sql`select set_config('guanyi.changed_by', ${by}, true), set_config('guanyi.reason', ${reason}, true)`.execute(
      tx,
    )
    return work(tx)
  })
}

/** All or none; each id once. */
export function putGrants(db: Kysely<Tables>, grants: readonly Grant[], by: string): Promise<void> {
  return signed(db, { by, reason: '登记 (put)' }, async (tx) => {
    await sql`
      insert into grants (id, document)
      select document ->> 'id', document from jsonb_array_elements(${JSON.stringify(grants)}::jsonb) as document
      on conflict (id) do update set document = excluded.document`.execute(tx)
  })
}

/**
 * Moves a grant to another status.
 *
 * Errors: `Error` naming the grant when there is none, or when it is revoked or expired: both are final, a renewal is a
 *         grant of its own with approvals of its own.
 */
export function setGrantStatus(
  db: Kysely<Tables>,
  id: string,
  status: Grant['status'],
  author: Author,
): Promise<Grant> {
  return signed(db, author, async (tx) => {
    const changed = await tx
      .updateTable('grants')
      .set({ status })
      .where('id', '=', id)
      .where('status', 'not in', ['revoked', 'expired'])
      .returning('document')
      .executeTakeFirst()
    if (changed !== undefined) return changed.document
    const found = await tx.selectFrom('grants').select('document').where('id', '=', id).executeTakeFirst()
    if (found === undefined) throw new Error(`没有这项授权 (no grant \`${id}\`)`)
    if (found.document.status === status) return found.document
    throw new Error(`授权 \`${id}\` 已终止，不能再变更 (it is ${found.document.status}, which is final)`)
  })
}

export function expireGrants(db: Kysely<Tables>, nowMs: number): Promise<number> {
  return signed(db, { by: 'guanyi:expire', reason: '授权到期 (term ended)' }, async (tx) => {
    const { numAffectedRows = 0n } = await sql`
      update grants set status = 'expired'
       where status in ('active', 'suspended') and valid_until <= to_timestamp(${nowMs / 1000}::float8)`.execute(tx)
    return Number(numAffectedRows)
  })
}
