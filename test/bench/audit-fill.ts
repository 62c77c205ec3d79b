import type pg from 'pg'

export interface FillOptions {
  rows: number
  /** First and last moment, milliseconds since the epoch; indexes rise with time as in a real log. */
  fromMs: number
  untilMs: number
  /** Rows per statement. */
  bite?: number
}

export const SYSTEMS = 60
export const SUBJECTS = 200_000
export const OPERATORS = 2_000

/** The digest a synthetic subject is stored under: the form of a real one, made where the rows are made. */
export const benchSubjectDigest = (number: number): string => `k1:subject-${String(number).padStart(34, '0')}`
export const benchOperatorDigest = (number: number): string => `k1:operator-${String(number).padStart(33, '0')}`

/**
 * Fills the log's tables with synthetic records by SQL, as their owner; `append_records` would need a minute per 500,000.
 *
 * Shape:  a few systems ask most of the questions and a few datasets answer most (cubes of uniform numbers); 8 % are
 *         refused or fail; four in ten name a party; entries of 0.9 kB, sides of 1.2 kB. Values are the same in every run.
 */
export async function fillRecords(
  client: pg.Client,
  { rows, fromMs, untilMs, bite = 50_000 }: FillOptions,
): Promise<void> {
  await client.query('set synchronous_commit = off')
  await client.query(HELPERS)
  const {
    rows: [head],
  } = await client.query<{ size: string }>('select size from log_head')
  const first = Number(head!.size)
  for (let done = 0; done < rows; done += bite) {
    const count = Math.min(bite, rows - done)
    await client.query(FILL, [
      first + done,
      count,
      fromMs + ((untilMs - fromMs) * done) / rows,
      (untilMs - fromMs) / rows,
    ])
  }
  await client.query('update log_head set size = $1', [first + rows])
  await client.query('reset synchronous_commit')
}

/** A number from 0 below `below` for row `n` and purpose `salt`: the same in every run, on every server. */
const HELPERS = `
  create or replace function pg_temp.pick(n bigint, salt int, below float8) returns int language sql immutable as
  $$ select floor(below * (hashint8extended(n, salt) & 1048575) / 1048576.0)::int $$;
  create or replace function pg_temp.skewed(n bigint, salt int, below float8) returns int language sql immutable as
  $$ select floor(below * power((hashint8extended(n, salt) & 1048575) / 1048576.0, 3))::int $$`

const FILL = `
  with made as materialized (
    select n, to_timestamp(($3::float8 + (n - $1::bigint) * $4::float8) / 1000) as at,
           lpad(to_hex(($3::float8 + (n - $1::bigint) * $4::float8)::bigint), 12, '0') as hex, md5(n::text) as noise,
           pg_temp.skewed(n, 1, ${SYSTEMS}) as system, pg_temp.skewed(n, 2, 65) as scenario, pg_temp.skewed(n, 3, 500) as item,
           pg_temp.skewed(n, 4, 40) as dataset, pg_temp.skewed(n, 5, 40) as other, pg_temp.pick(n, 6, 10) as field,
           pg_temp.pick(n, 7, 100) as luck, pg_temp.skewed(n, 8, ${SUBJECTS}) as subject, pg_temp.skewed(n, 9, ${SUBJECTS}) as party,
           pg_temp.skewed(n, 10, ${OPERATORS}) as operator, pg_temp.pick(n, 11, 100) as kind, pg_temp.skewed(n, 12, 300) as grant_no
      from generate_series($1::bigint, $1::bigint + $2::int - 1) n
  ), ids as (
    insert into exchange_ids (exchange_id, index, recorded_at)
    select substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(noise, 1, 3) || '-8' || substr(noise, 4, 3) || '-' || substr(noise, 7, 12), n, at
      from made
  ), sides as (
    insert into record_sides (index, recorded_at, salt, subject_digest, party_digests, operator_digest, sealed_operator, sealed_request, issuer_jwt)
    select n, at, decode(noise || noise, 'hex'), 'k1:subject-' || lpad(subject::text, 34, '0'),
           case when luck % 10 < 4 then array['k1:subject-' || lpad(party::text, 34, '0')] else '{}' end,
           'k1:operator-' || lpad(operator::text, 33, '0'), decode(repeat(noise, 6), 'hex'), decode(repeat(noise, 32), 'hex'),
           case when luck >= 8 then repeat(noise, 18) end
      from made
  )
  insert into records (index, recorded_at, exchange_id, entry, mode, outcome, code, member, system, on_behalf_of, scenario, item, case_no,
    application, purpose, datasets, fields, catalog_version, policy_version, grants)
  select n, at, substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(noise, 1, 3) || '-8' || substr(noise, 4, 3) || '-' || substr(noise, 7, 12),
         convert_to(json_build_object('v', 1, 'kind', 'exchange', 'noise', repeat(noise, 20), 'sources',
           json_build_object('dataset-' || dataset, json_build_object('status', case when luck = 50 then 'unavailable' when luck < 20 then 'not-found' else 'ok' end)))::text, 'UTF8'),
         case when kind < 80 then 'query' when kind < 92 then 'verify' when kind < 99 then 'prefill' else 'dossier' end,
         case when luck < 7 then 'refused' when luck < 8 then 'failed' else 'released' end,
         case when luck < 4 then 'access.denied' when luck < 6 then 'quota.exceeded' when luck = 6 then case when n % 50 = 0 then 'grant.suspended' else 'subject.invalid' end
              when luck = 7 then 'provider.timeout' end,
         'member-' || system % 40, 'system-' || system, case when kind % 10 = 3 then 'member-' || scenario % 40 end,
         'P' || scenario, 'item-' || item, case when kind < 85 then 'CASE-' || n / 2 end, case when kind >= 85 then 'APP-' || n / 2 end, '测试目的',
         case when dataset = other then array['dataset-' || dataset] else array['dataset-' || least(dataset, other), 'dataset-' || greatest(dataset, other)] end,
         array['dataset-' || dataset || '.field-' || field, 'dataset-' || dataset || '.field-' || (field + 3) % 10, 'guardian:dataset-' || other || '.field-' || field % 5,
               'dataset-' || other || '.field-' || (field + 5) % 10],
         'catalog-1', 'policy-1', case when luck >= 8 then array['grant-' || grant_no] else '{}' end
    from made`
