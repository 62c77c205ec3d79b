import { sql } from 'kysely'
import type { HeldKind } from '../../../retention/table.ts'
import { lockEach, writeCases, writeCertificate } from '../dossier/write.ts'
import { type EventDatabase, openEventDatabase } from '../events/tables.ts'

/** Rows of one kind per transaction. */
const BITE = 500

/** Under which act, and which rows: what is due, or what one record brought. */
interface Going {
  act: string
  /** `null`: all that is due. */
  exchangeId: string | null
}

export interface HeldRows {
  /** Removes at most `atMost` due rows of one kind, with all that hangs on them; answers how many. */
  purge(act: string, kind: HeldKind, atMost: number): Promise<number>
  /** Removes what one record brought beside the log; answers how many rows. */
  erase(act: string, exchangeId: string): Promise<number>
  /** Removes prefills whose day has passed; no act, they are no records. */
  clearPrefills(atMost: number): Promise<number>
  close(): Promise<void>
}

/**
 * What lies beside the log and leads to a person; `url` logs in as the owner. The database's guards decide what may go
 * (096-held-rows); what was made of removed events is made again in the same transaction.
 */
export function createHeldRows({ url }: { url: string }): HeldRows {
  const db = openEventDatabase(url, { max: 1, timeoutMs: 60_000 })

  const removing = (act: string, work: (tx: EventDatabase) => Promise<number>): Promise<number> =>
    db.transaction().execute(async (tx) => {
      await sql`select set_config('guanyi.retention_act', ${act}, true)`.execute(tx)
      return await work(tx)
    })

  return {
    async purge(act, kind, atMost) {
      for (let gone = 0; ; ) {
        const bite = Math.min(BITE, atMost - gone)
        if (bite <= 0) return gone
        const now = await removing(act, (tx) => REMOVE[kind](tx, { act, exchangeId: null }, bite))
        gone += now
        if (now < bite) return gone
      }
    },
    erase: (act, exchangeId) =>
      removing(act, async (tx) => {
        let gone = 0
        for (const remove of Object.values(REMOVE)) gone += await remove(tx, { act, exchangeId }, BITE)
        // The bearers of a form are sealed in one row for all its exchanges: with one of them gone it cannot be used again.
        const { numAffectedRows = 0n } = await sql`
          delete from prefills p using exchange_ids x
            join records r on r.index = x.index and r.recorded_at = x.recorded_at
           where x.exchange_id = ${exchangeId}
             and p.id::text = convert_from(r.entry, 'UTF8')::jsonb #>> '{prefill,id}'`.execute(tx)
        return gone + Number(numAffectedRows)
      }),
    async clearPrefills(atMost) {
      const { numAffectedRows = 0n } = await sql`
        delete from prefills where id in (
          select id from prefills where expires_at <= clock_timestamp() order by expires_at limit ${atMost})`.execute(
        db,
      )
      return Number(numAffectedRows)
    },
    close: () => db.destroy(),
  }
}

type Remove = (tx: EventDatabase, going: Going, atMost: number) => Promise<number>

const REMOVE: Record<HeldKind, Remove> = {
  async event(tx, going, atMost) {
    // As projections take it: a rebuild waits, or is waited for.
    await sql`select pg_advisory_xact_lock_shared(hashtextextended('guanyi.dossiers', 0))`.execute(tx)
    const ids = await chosen(
      tx,
      'event',
      going,
      atMost,
      sql`select e.exchange_id as id, e.reported_at as begins, e.exchange_id from events e`,
    )
    if (ids.length === 0) return 0
    await tx.deleteFrom('event_subjects').where('exchange_id', 'in', ids).execute()
    await tx.deleteFrom('dossier_timeline').where('exchange_id', 'in', ids).execute()
    const events = await tx
      .deleteFrom('events')
      .where('exchange_id', 'in', ids)
      .returning(['member', 'case_no', 'application', 'certificate_type', 'certificate_digest'])
      .execute()
    const certificates = new Map(
      events.map((event) => [`${event.certificate_type} ${event.certificate_digest}`, event] as const),
    )
    for (const { certificate_type: type, certificate_digest: digest } of certificates.values())
      if (type !== null && digest !== null) await writeCertificate(tx, { type, digest }, lockEach)
    const cases = new Map(
      events.map((event) => [`${event.member} ${event.case_no} ${event.application}`, event] as const),
    )
    for (const { member, case_no: caseNo, application } of cases.values())
      if (caseNo !== null || application !== null) await writeCases(tx, { member, caseNo, application }, lockEach)
    return ids.length
  },
  async correction(tx, going, atMost) {
    const numbers = await chosen(
      tx,
      'correction',
      going,
      atMost,
      sql`select c.number as id, c.ended_at as begins, c.exchange_id from corrections c`,
    )
    if (numbers.length === 0) return 0
    await tx.deleteFrom('correction_steps').where('number', 'in', numbers).execute()
    await tx.deleteFrom('corrections').where('number', 'in', numbers).execute()
    return numbers.length
  },
  async notice(tx, going, atMost) {
    // A declaration's stays as long as it: should the declaration be erased, the cache is raised by it (104-declaration-ends).
    const ids = await chosen(
      tx,
      'notice',
      going,
      atMost,
      sql`select n.exchange_id as id, n.raised_at as begins, n.exchange_id from change_notices n
           where not exists (select from declarations d where d.exchange_id = n.exchange_id)`,
    )
    if (ids.length > 0) await tx.deleteFrom('change_notices').where('exchange_id', 'in', ids).execute()
    return ids.length
  },
  async suppression(tx, going, atMost) {
    const ids = await chosen(
      tx,
      'suppression',
      going,
      atMost,
      sql`select s.id::text as id, s.valid_until as begins, s.exchange_id from dossier_suppressions s`,
    )
    if (ids.length === 0) return 0
    await sql`delete from dossier_suppression_lifts where suppression_id = any(${ids}::bigint[])`.execute(tx)
    await sql`delete from dossier_suppressions where id = any(${ids}::bigint[])`.execute(tx)
    return ids.length
  },
  async declared(tx, { exchangeId }, atMost) {
    // What one record declared goes with its sides (075-declarations).
    if (exchangeId !== null) return 0
    const { numAffectedRows = 0n } = await sql`
      delete from declared_values v using (
        select exchange_id, field from declared_values_ended
         where ended_at < retention_cutoff('declared', china_day(clock_timestamp())) order by ended_at limit ${atMost}) e
       where v.exchange_id = e.exchange_id and v.field = e.field`.execute(tx)
    const ended = Number(numAffectedRows)
    // Never recorded: no act of erasing leads to them, so they go whole, each counted as one.
    const { numAffectedRows: abandoned = 0n } = await sql`
      delete from declarations where exchange_id in (
        select exchange_id from declarations_abandoned order by declared_at limit ${atMost - ended})`.execute(tx)
    return ended + Number(abandoned)
  },
  async task(tx, { exchangeId }, atMost) {
    // What one exchange asked goes with its sides (076-clerk-tasks).
    if (exchangeId !== null) return 0
    const { numAffectedRows = 0n } = await sql`
      delete from clerk_tasks t using (
        select task_id from clerk_tasks_ended
         where unseen or ended_at < retention_cutoff('task', china_day(clock_timestamp())) order by ended_at limit ${atMost}) e
       where t.task_id = e.task_id`.execute(tx)
    return Number(numAffectedRows)
  },
}

/** Keys of rows to go, oldest first. `rows` gives key, beginning of the period, and the record they came with. */
async function chosen(
  tx: EventDatabase,
  kind: HeldKind,
  { act, exchangeId }: Going,
  atMost: number,
  rows: ReturnType<typeof sql>,
): Promise<string[]> {
  const wanted =
    exchangeId === null
      ? sql`held.begins < retention_cutoff(${kind}, china_day(clock_timestamp()))`
      : sql`held.exchange_id = ${exchangeId} and (
          held.begins < retention_cutoff(${kind}, china_day(clock_timestamp()))
          or coalesce(retention_act(${act}) #>> '{details,legalDuty}', '') <> '')`
  const { rows: found } = await sql<{ id: string }>`
    select held.id from (${rows}) held where ${wanted} order by held.begins limit ${atMost}`.execute(tx)
  return found.map(({ id }) => id)
}
