import type { Client } from 'pg'
import { type Finding, findings } from './finding.ts'

const role = findings({ check: 'service-role', name: { zh: '服务角色只能追加', en: 'service role is append-only' } })
const partitions = findings({ check: 'partitions', name: { zh: '分区预建', en: 'partitions ahead' } })

const retention = findings({ check: 'retention', name: { zh: '到期清理', en: 'retention' } })

/** Tables that only `append_records` and the upkeep may change. */
const PROTECTED = [
  'records',
  'record_sides',
  'exchange_ids',
  'request_ids',
  'grant_changes',
  'authorisation_version',
  'authorisation_scopes',
  'log_head',
]

/** Whether the role in DATABASE_URL could change what is recorded, next month has a place to go, and what is past its period goes. */
export async function roleFindings(client: Client, nowMs: number): Promise<Finding[]> {
  return [await rightsFinding(client), await partitionFinding(client, nowMs), await retentionFinding(client)]
}

async function rightsFinding(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ who: string; super: boolean; owner: boolean; rights: string[] }>(
    `select current_user as who, r.rolsuper as super,
            exists (select from pg_class c where c.oid = 'records'::regclass and pg_has_role(c.relowner, 'member')) as owner,
            array(select c.relname || ':' || p.privilege
                    from pg_class c, unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as p (privilege)
                   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                     and (c.relname = any($1) or c.relispartition) and has_table_privilege(c.oid, p.privilege)
                   order by 1 limit 4) as rights
       from pg_roles r where r.rolname = current_user`,
    [PROTECTED],
  )
  const { who, super: superuser, owner, rights } = rows[0]!
  if (!superuser && !owner && rights.length === 0) return role.ok(who)
  const why = superuser ? 'superuser' : owner ? 'owner' : rights.join(', ')
  return role.fail(`${who}: ${why}`, {
    zh: '该角色能改动留痕。请把 DATABASE_URL 换成 guanyi migrate 建立的服务角色，属主只放在 DATABASE_OWNER_URL',
    en: 'this role can change records. Point DATABASE_URL to the service role that `guanyi migrate` makes; keep the owner in DATABASE_OWNER_URL',
  })
}

async function partitionFinding(client: Client, nowMs: number): Promise<Finding> {
  const { rows } = await client.query<{ last: string | null }>(
    `select max(right(relname, 6)) as last from pg_class where relispartition and relname ~ '^records_[0-9]{6}$'`,
  )
  const last = rows[0]?.last ?? '—'
  const china = new Date(nowMs + 8 * 3_600_000)
  const nextMonth = new Date(Date.UTC(china.getUTCFullYear(), china.getUTCMonth() + 1))
    .toISOString()
    .slice(0, 7)
    .replace('-', '')
  if (last >= nextMonth && last !== '—') return partitions.ok(`≤ ${last}`)
  return partitions.fail(`≤ ${last}`, {
    zh: '下月分区还没有：确认 guanyi work 在运行，或运行 guanyi migrate',
    en: 'no partition for next month: see that `guanyi work` runs, or run `guanyi migrate`',
  })
}

/** Nights a purge may miss: a bounded one takes several after a long pause. */
const NIGHTS = 3

async function retentionFinding(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ overdue: string[] }>(
    `with cutoffs as materialized (
       select kind, retention_cutoff(kind, china_day(clock_timestamp()) - $1::int) as at
         from unnest(array['release', 'refusal', 'administration', 'event', 'correction', 'notice', 'suppression']) as kind
     )
     select array(
       select c.kind from cutoffs c where case c.kind
         when 'event' then exists (select from events where reported_at < c.at)
         when 'correction' then exists (select from corrections where ended_at < c.at)
         when 'notice' then exists (select from change_notices where raised_at < c.at)
         when 'suppression' then exists (select from dossier_suppressions where valid_until < c.at)
         else exists (select from records r join record_sides s on s.index = r.index and s.recorded_at = r.recorded_at
                       where r.recorded_at < c.at and s.recorded_at < c.at and retention_kind(r.mode, r.outcome) = c.kind) end
       union all
       select 'prefill' where exists (select from prefills where expires_at < clock_timestamp() - $1::int * interval '1 day')
     ) as overdue`,
    [NIGHTS],
  )
  const { overdue } = rows[0]!
  if (overdue.length === 0) return retention.ok()
  return retention.warn(overdue.join(', '), {
    zh: `有数据到期 ${NIGHTS} 天以上仍未清理：确认 guanyi work 带着网关的环境在运行，或运行 guanyi retention purge`,
    en: `something is past its period by more than ${NIGHTS} days: see that \`guanyi work\` runs with the gateway’s environment, or run \`guanyi retention purge\``,
  })
}
