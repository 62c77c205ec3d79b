import { sql } from 'kysely'
import type {
  DeclarationReservation,
  DeclarationStore,
  HeldDeclaration,
  StoredDeclaration,
} from '../../../declared/types.ts'
import type { Declaration, VerificationMethod } from '../../../ports/declared-values.ts'
import { eventStoreFailure } from '../events/failure.ts'
import type { PeopleDatabase } from './tables.ts'

interface DeclarationRow {
  exchange_id: string
  member: string
  declared_at: Date
  verified_at: Date
  method: VerificationMethod
  valid_until: string
}

/** Declarations in PostgreSQL (075-declarations). `reserve` commits before the record is appended. */
export function createPostgresDeclarations(db: PeopleDatabase): DeclarationStore {
  async function insert(declaration: StoredDeclaration): Promise<boolean> {
    const { values, ...rest } = declaration
    return await db.transaction().execute(async (tx) => {
      const inserted = await tx
        .insertInto('declarations')
        .values(rowOf(rest))
        .onConflict((conflict) => conflict.columns(['system', 'declaration_id']).doNothing())
        .executeTakeFirst()
      if (inserted.numInsertedOrUpdatedRows !== 1n) return false
      const rows = values.map(({ field, sealed }) => ({ exchange_id: declaration.exchange, field, sealed }))
      await tx.insertInto('declared_values').values(rows).execute()
      return true
    })
  }

  async function known({ system, declarationId, contentDigest }: StoredDeclaration): Promise<DeclarationReservation> {
    const row = await db
      .selectFrom('declarations as d')
      .leftJoin('exchange_ids as x', 'x.exchange_id', 'd.exchange_id')
      .select(['d.exchange_id', 'd.content_digest', 'x.index', 'x.recorded_at'])
      .where('d.system', '=', system)
      .where('d.declaration_id', '=', declarationId)
      .executeTakeFirstOrThrow()
    if (row.content_digest !== contentDigest) return { status: 'conflict' }
    const exchangeId = row.exchange_id
    if (row.index === null || row.recorded_at === null) return { status: 'reserved', exchangeId }
    return { status: 'known', exchangeId, index: BigInt(row.index), recordedAtMs: row.recorded_at.getTime() }
  }

  return {
    reserve: (declaration) =>
      insert(declaration)
        .then(
          async (fresh): Promise<DeclarationReservation> =>
            fresh ? { status: 'reserved', exchangeId: declaration.exchange } : await known(declaration),
        )
        .catch(eventStoreFailure),

    async newest(dataset, subjectDigest, fields) {
      const { rows } = await sql<DeclarationRow & { field: string; sealed: Buffer }>`
        select distinct on (v.field) v.field, v.sealed, d.exchange_id, d.member, d.declared_at, d.verified_at, d.method, d.valid_until
          from declarations d
          join exchange_ids x on x.exchange_id = d.exchange_id
          join declared_values v on v.exchange_id = d.exchange_id and v.field = any (${[...fields]}::text[])
         where d.dataset = ${dataset} and d.subject_digest = ${subjectDigest}
           and not exists (select from declaration_strikes s where s.exchange_id = v.exchange_id and s.field = v.field)
         order by v.field, x.index desc`
        .execute(db)
        .catch(eventStoreFailure)
      return rows.map((row) => ({ ...declarationOf(row), field: row.field, sealed: row.sealed }))
    },

    async about(subjectDigest, today, limit) {
      const { rows } = await sql<DeclarationRow & { dataset: string; item: string; fields: HeldDeclaration['fields'] }>`
        select d.exchange_id, d.member, d.declared_at, d.verified_at, d.method, d.valid_until, d.dataset, d.item,
               jsonb_agg(jsonb_build_object('field', v.field, 'state', case
                 when s.exchange_id is not null then 'struck'
                 when exists (select from declarations nd
                                join exchange_ids nx on nx.exchange_id = nd.exchange_id and nx.index > x.index
                                join declared_values nv on nv.exchange_id = nd.exchange_id and nv.field = v.field
                               where nd.subject_digest = d.subject_digest and nd.dataset = d.dataset
                                 and not exists (select from declaration_strikes ns
                                                  where ns.exchange_id = nv.exchange_id and ns.field = nv.field)) then 'superseded'
                 when d.valid_until < ${today} then 'expired' else 'in-force' end) order by v.field) as fields
          from declarations d
          join exchange_ids x on x.exchange_id = d.exchange_id
          join declared_values v on v.exchange_id = d.exchange_id
          left join declaration_strikes s on s.exchange_id = v.exchange_id and s.field = v.field
         where d.subject_digest = ${subjectDigest}
         group by d.exchange_id, x.index order by x.index desc limit ${limit}`
        .execute(db)
        .catch(eventStoreFailure)
      return rows.map((row) => ({ ...declarationOf(row), dataset: row.dataset, item: row.item, fields: row.fields }))
    },

    async strike({ dataset, subjectDigest, fields, correction, exchangeId, struckAtMs }) {
      const { rows } = await sql`
        insert into declaration_strikes (exchange_id, field, correction, struck_in, struck_at)
        select v.exchange_id, v.field, ${correction}, ${exchangeId}, ${new Date(struckAtMs)}
          from declarations d
          join exchange_ids x on x.exchange_id = d.exchange_id
          join declared_values v on v.exchange_id = d.exchange_id and v.field = any (${[...fields]}::text[])
         where d.dataset = ${dataset} and d.subject_digest = ${subjectDigest}
        on conflict do nothing returning field`
        .execute(db)
        .catch(eventStoreFailure)
      return rows.length
    },

    probe: async () => void (await sql`select from declarations limit 1`.execute(db).catch(eventStoreFailure)),
  }
}

const rowOf = (declaration: Omit<StoredDeclaration, 'values'>) => ({
  exchange_id: declaration.exchange,
  system: declaration.system,
  declaration_id: declaration.declarationId,
  content_digest: declaration.contentDigest,
  member: declaration.by,
  scenario: declaration.scenario,
  item: declaration.item,
  case_no: declaration.caseNo,
  application: declaration.application,
  dataset: declaration.dataset,
  subject_digest: declaration.subjectDigest,
  sealed_operator: declaration.sealedOperator,
  method: declaration.method,
  declared_at: new Date(declaration.declaredAtMs),
  verified_at: new Date(declaration.verifiedAtMs),
  valid_until: declaration.validUntil,
})

const declarationOf = (row: DeclarationRow): Declaration => ({
  exchange: row.exchange_id,
  by: row.member,
  declaredAtMs: row.declared_at.getTime(),
  verifiedAtMs: row.verified_at.getTime(),
  method: row.method,
  validUntil: row.valid_until,
})
