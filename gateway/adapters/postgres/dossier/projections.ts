import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { sql } from 'kysely'
import type { Catalog } from '../../../catalog/types.ts'
import type { DossierProjections, EventFacts } from '../../../dossier/types.ts'
import { selectFacts } from '../events/facts.ts'
import type { EventDatabase } from '../events/tables.ts'
import { holdsAll, type Lock, lockEach, writeCases, writeCertificate, writeLines } from './write.ts'

/** Events read at once in a rebuild. */
const PAGE = 500
const PROJECTED = ['dossier_timeline', 'dossier_certificates', 'cases'] as const

/**
 * Timeline, certificates and cases in PostgreSQL. Projections run side by side, except those of one case or certificate,
 * which wait for each other: two events of one case would otherwise each miss the other. A rebuild waits for all.
 */
export function createPostgresDossierProjections(db: EventDatabase): DossierProjections {
  return {
    async project(exchangeId, catalog) {
      await db.transaction().execute(async (tx) => {
        // What a crash takes back here, `missed` finds: no need to wait for the disk a third time.
        await sql`
          select set_config('synchronous_commit', 'off', true),
                 pg_advisory_xact_lock_shared(hashtextextended('guanyi.dossiers', 0))`.execute(tx)
        const [event] = await selectFacts(tx, (e) => e('e.exchange_id', '=', exchangeId))
        if (event !== undefined) await makeFrom(tx, [event], catalog, lockEach)
      })
    },

    async missed(limit) {
      const rows = await db
        .selectFrom('events as e')
        .innerJoin('exchange_ids as x', 'x.exchange_id', 'e.exchange_id')
        .leftJoin('dossier_timeline as t', 't.exchange_id', 'e.exchange_id')
        .select('e.exchange_id')
        .where('t.exchange_id', 'is', null)
        .orderBy('x.index')
        .limit(limit)
        .execute()
      return rows.map(({ exchange_id }) => exchange_id)
    },

    async rebuild(catalog) {
      return await db.transaction().execute(async (tx) => {
        await sql`select pg_advisory_xact_lock(hashtextextended('guanyi.dossiers', 0))`.execute(tx)
        for (const table of PROJECTED) await tx.deleteFrom(table).execute()
        let events = 0
        for (let after = '-1'; ; ) {
          const ids = await idsAfter(tx, after)
          if (ids.length === 0) break
          const page = await selectFacts(tx, (e) => e('e.exchange_id', 'in', ids))
          await makeFrom(tx, page, catalog, holdsAll)
          events += page.length
          after = String(page.at(-1)!.index)
        }
        const [lines, certificates, cases] = await Promise.all(PROJECTED.map((table) => count(tx, table)))
        return { events, lines: lines!, certificates: certificates!, cases: cases! }
      })
    },

    async digest() {
      const hash = createHash('sha256')
      for (const table of PROJECTED) {
        const rows = await sql<{ row: object }>`
          select to_jsonb(t) as row from ${sql.table(table)} t order by to_jsonb(t)::text collate "C"`.execute(db)
        for (const { row } of rows.rows) hash.update(`${table} ${canonicalize(row)}\n`)
      }
      return hash.digest('base64url')
    },
  }
}

/** Each case and certificate of the events once. */
async function makeFrom(tx: EventDatabase, events: readonly EventFacts[], catalog: Catalog, lock: Lock): Promise<void> {
  await writeLines(tx, events, catalog)
  const certificates = new Map(
    events.flatMap(({ certificate }) =>
      certificate === null ? [] : [[`${certificate.type} ${certificate.digest}`, certificate] as const],
    ),
  )
  for (const certificate of certificates.values()) await writeCertificate(tx, certificate, lock)
  const cases = new Map(
    events
      .filter(({ caseNo, application }) => caseNo !== null || application !== null)
      .map((event) => [`${event.member} ${event.caseNo} ${event.application}`, event]),
  )
  for (const event of cases.values()) await writeCases(tx, event, lock)
}

async function idsAfter(tx: EventDatabase, index: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('events as e')
    .innerJoin('exchange_ids as x', 'x.exchange_id', 'e.exchange_id')
    .select('e.exchange_id')
    .where('x.index', '>', index)
    .orderBy('x.index')
    .limit(PAGE)
    .execute()
  return rows.map(({ exchange_id }) => exchange_id)
}

async function count(tx: EventDatabase, table: (typeof PROJECTED)[number]): Promise<number> {
  const { n } = await tx
    .selectFrom(table)
    .select((e) => e.fn.countAll<string>().as('n'))
    .executeTakeFirstOrThrow()
  return Number(n)
}
