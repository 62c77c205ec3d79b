import { type Kysely, sql } from 'kysely'

/**
 * Every version of every grant's document, so that an evidence package can show a grant as it stood when an exchange was
 * decided, and not only as it stands today. `grant_changes` says who changed it and why.
 *
 * One transaction raises the version once; several changes of a grant in it leave its last form, which is the only one
 * anybody else ever saw.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table grant_documents (
      grant_id text collate "C" not null,
      version bigint not null,
      document jsonb not null,
      primary key (grant_id, version)
    )`.execute(db)
  await sql`
    insert into grant_documents (grant_id, version, document) select id, changed_version, document from grants`.execute(
    db,
  )
  await sql`
    create function keep_grant_document() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      insert into grant_documents (grant_id, version, document) values (new.id, new.changed_version, new.document)
      on conflict (grant_id, version) do update set document = excluded.document;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger keep_document after insert or update on grants
    for each row execute function keep_grant_document()`.execute(db)
  await sql`
    create function refuse_grant_history_change() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      if tg_op = 'UPDATE' and new.grant_id = old.grant_id and new.version = old.version
         and exists (select from authorisation_version v where v.version = old.version and v.raised_by = pg_current_xact_id()) then
        return new;
      end if;
      raise exception '% 只可追加，不得修改或删除 (append-only: % refused)', tg_table_name, tg_op
        using errcode = 'restrict_violation';
    end $$`.execute(db)
  await sql`
    create trigger append_only before update or delete on grant_documents
    for each row execute function refuse_grant_history_change()`.execute(db)
  await sql`
    create trigger no_truncate before truncate on grant_documents
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table grant_documents enable always trigger append_only`.execute(db)
  await sql`alter table grant_documents enable always trigger no_truncate`.execute(db)
}
