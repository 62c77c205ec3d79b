import { type Kysely, sql } from 'kysely'

/**
 * How declared values and tasks of clerks end (as 096-held-rows for what was there before): only under an act that is
 * durable in the log, and not before their day.
 *
 * A declared value counts from when it stopped being used (run out, superseded, struck), a task from when its answer did.
 * A declaration goes with the sides of its record, a task with the sides of the last exchange that asked it. A task that
 * no released exchange asked was never seen by anybody and goes after a day.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into retention_rules (id, record_zh, record_en, source_zh, source_en, statutory_months, months, applies_to) values
      ('declared-value', '申报留存的值（停用后）', 'declared value, once out of use',
       '网络安全法第二十三条第三项（2025年修改）', 'Cybersecurity Law as amended 2025, art. 23(3)', 6, 6, '{declared}'),
      ('clerk-task', '协查任务及答复（失效后）', 'question to people and its answer, once out of use',
       '网络安全法第二十三条第三项（2025年修改）', 'Cybersecurity Law as amended 2025, art. 23(3)', 6, 6, '{task}')`.execute(
    db,
  )
  await sql`drop function purge_declared_values(text, int)`.execute(db)
  await sql`drop function purge_clerk_tasks(text, int)`.execute(db)
  await sql`
    create function sides_gone(p_exchange_id text) returns boolean
    language sql stable set search_path = public, pg_temp as $$
      select not exists (select from exchange_ids x
                           join record_sides s on s.index = x.index and s.recorded_at = x.recorded_at
                          where x.exchange_id = p_exchange_id)
    $$`.execute(db)
  await sql`
    create view clerk_tasks_ended as
    select t.task_id, coalesce(e.good_until, e.ended_at) as ended_at, e.task_id is null as unseen
      from clerk_tasks t left join clerk_task_ends e on e.task_id = t.task_id
     where e.task_id is not null
        or t.opened_at < clock_timestamp() - interval '1 day'
           and not exists (select from clerk_tasks_seen s where s.task_id = t.task_id)`.execute(db)
  await sql`
    create or replace function guard_people_rows() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      gone jsonb := to_jsonb(old);
      today date := china_day(clock_timestamp());
      allowed boolean;
    begin
      if tg_op = 'UPDATE' or coalesce(current_setting('guanyi.retention_act', true), '') = '' then
        raise exception '% 只可追加，不得修改或删除 (append-only: % refused)', tg_table_name, tg_op
          using errcode = 'restrict_violation';
      end if;
      perform retention_act(current_setting('guanyi.retention_act', true));
      -- A child whose parent has gone follows it; the parent's own row was asked.
      allowed := case tg_table_name
        when 'declarations' then sides_gone(gone ->> 'exchange_id')
        when 'declared_values' then sides_gone(gone ->> 'exchange_id') or exists (
          select from declared_values_ended e
           where e.exchange_id = gone ->> 'exchange_id' and e.field = gone ->> 'field'
             and retention_due_on(e.ended_at, 'declared') <= today)
        when 'declaration_strikes' then not exists (
          select from declared_values v where v.exchange_id = gone ->> 'exchange_id' and v.field = gone ->> 'field')
        when 'clerk_task_askings' then sides_gone(gone ->> 'exchange_id')
          or not exists (select from clerk_tasks t where t.task_id = (gone ->> 'task_id')::uuid)
        when 'clerk_task_ends' then not exists (select from clerk_tasks t where t.task_id = (gone ->> 'task_id')::uuid)
        else exists (
               select from clerk_tasks_ended e where e.task_id = (gone ->> 'task_id')::uuid
                  and (e.unseen or retention_due_on(e.ended_at, 'task') <= today))
          or not exists (
               select from clerk_task_askings a
                where a.task_id = (gone ->> 'task_id')::uuid and not sides_gone(a.exchange_id))
      end;
      if allowed then
        return old;
      end if;
      raise exception '未到留存期限，不得清理 (retention has not ended: % refused)', tg_table_name
        using errcode = 'restrict_violation';
    end $$`.execute(db)
}
