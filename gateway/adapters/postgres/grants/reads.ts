import { type Kysely, sql } from 'kysely'
import type { Grant } from '../../../../policies/engine/types.ts'
import type { Tables } from '../tables.ts'
import type { GrantKey } from './cache.ts'

/** Reads the grants of each key and the version they belong to, in one statement and hence from one snapshot. */
export async function readGrants(
  db: Kysely<Tables>,
  keys: readonly GrantKey[],
): Promise<{ version: bigint; grants: Grant[][] }> {
  const { rows } = await sql<{ version: string; place: string | null; document: Grant | null }>`
    select v.version, g.place, g.document
      from authorisation_version v
      left join (
        select k.place, g.document
          from unnest(${keys.map((key) => key.kind)}::text[], ${keys.map((key) => key.id)}::text[],
                      ${keys.map((key) => key.scenario)}::text[]) with ordinality as k (kind, id, scenario, place)
          join grants g on g.scenario = k.scenario and g.consumer_kind = k.kind and g.consumer_id = k.id
         order by g.id
      ) g on true`.execute(db)
  const grants: Grant[][] = keys.map(() => [])
  for (const { place, document } of rows) {
    if (place !== null && document !== null) grants[Number(place) - 1]?.push(document)
  }
  return { version: BigInt(rows[0]?.version ?? -1), grants }
}
