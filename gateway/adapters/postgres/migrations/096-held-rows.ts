import { type Kysely, sql } from 'kysely'

/** Kind of what is held, and the column of it (or of its parent) with which its period begins; `frozen` was never to be changed. */
const GUARDED = [
  { table: 'events', kind: 'event', begins: 'reported_at', frozen: true },
  { table: 'event_subjects', kind: 'event', begins: 'reported_at', frozen: true },
  { table: 'corrections', kind: 'correction', begins: 'ended_at', frozen: false },
  { table: 'correction_steps', kind: 'correction', begins: 'ended_at', frozen: true },
  { table: 'change_notices', kind: 'notice', begins: 'raised_at', frozen: false },
  { table: 'dossier_suppressions', kind: 'suppression', begins: 'valid_until', frozen: true },
  { table: 'dossier_suppression_lifts', kind: 'suppression', begins: 'valid_until', frozen: true },
] as const

/**
 * Retention of what lies beside the log and leads to a person: reported events with their subjects, corrections, change
 * notices, decisions to delay a notice. Each has a rule of its own in `retention_rules`, which an installation may lengthen
 * (a dossier that is to reach from birth to pension), and goes in the same way as records do (040-retention): only under
 * an act that is durable in the log, and not before its day; one record's rows earlier under a legal duty, with its sides.
 *
 * What is made of events (timeline, certificates, cases) has no rule: it is made again from the events that are left.
 * Rows with a day of their own (prefills, batches, neighbourhoods, request ids) go by that.
 *
 * A correction counts from its end, a notice from the moment it took effect: what is still open is not due.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into retention_rules (id, record_zh, record_en, source_zh, source_en, statutory_months, months, applies_to) values
      ('event-report', '上报事件及其主体', 'reported event and its subjects',
       '网络数据安全管理条例第十二条', 'Network Data Security Regulations, art. 12', 36, 36, '{event}'),
      ('correction', '校核纠错', 'correction',
       '政务数据共享条例第二十九条', 'Government Data Sharing Regulations, art. 29', 36, 36, '{correction}'),
      ('notice-delay', '暂缓告知的决定', 'decision to delay a notice',
       '个人信息保护法第五十六条', 'Personal Information Protection Law, art. 56', 36, 36, '{suppression}'),
      ('change-notice', '数据变更通知', 'change notice',
       '网络安全法第二十三条第三项（2025年修改）', 'Cybersecurity Law as amended 2025, art. 23(3)', 6, 6, '{notice}')`.execute(
    db,
  )
  // The parent's row stands for its children: they go first, and it knows its time and its record.
  await sql`
    create function guard_held() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      kind text := tg_argv[0];
      held jsonb;
      act jsonb;
      due boolean;
    begin
      if tg_op = 'UPDATE' or coalesce(current_setting('guanyi.retention_act', true), '') = '' then
        raise exception '% 只可追加，不得修改或删除 (append-only: % refused)', tg_table_name, tg_op
          using errcode = 'restrict_violation';
      end if;
      act := retention_act(current_setting('guanyi.retention_act', true));
      held := case tg_table_name
        when 'event_subjects' then (select to_jsonb(e) from events e where e.exchange_id = to_jsonb(old) ->> 'exchange_id')
        when 'correction_steps' then (select to_jsonb(c) from corrections c where c.number = to_jsonb(old) ->> 'number')
        when 'dossier_suppression_lifts' then
          (select to_jsonb(s) from dossier_suppressions s where s.id = (to_jsonb(old) ->> 'suppression_id')::bigint)
        else to_jsonb(old) end;
      due := coalesce(retention_due_on((held ->> tg_argv[1])::timestamptz, kind) <= china_day(clock_timestamp()), false);
      if act ->> 'verb' = 'retention.purge' and due then
        return old;
      end if;
      if act ->> 'verb' = 'retention.erase' and act ->> 'target' = held ->> 'exchange_id'
         and (due or coalesce(act #>> '{details,legalDuty}', '') <> '') then
        return old;
      end if;
      raise exception '未到留存期限，不得清理 (retention has not ended: % refused)', tg_table_name
        using errcode = 'restrict_violation';
    end $$`.execute(db)
  for (const { table, kind, begins, frozen } of GUARDED) {
    if (frozen) await sql`drop trigger append_only on ${sql.table(table)}`.execute(db)
    await sql`
      create trigger append_only before ${sql.raw(frozen ? 'update or delete' : 'delete')} on ${sql.table(table)}
      for each row execute function guard_held(${sql.lit(kind)}, ${sql.lit(begins)})`.execute(db)
    await sql`
      create trigger no_truncate before truncate on ${sql.table(table)}
      for each statement execute function refuse_change()`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger append_only`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger no_truncate`.execute(db)
  }
}
