import { type Kysely, sql } from 'kysely'

/**
 * What else leads from a record to a person goes with its sides: the neighbourhood that the finding of sequential
 * identifiers looks at. Tables of projections that hold a subject's digest beside a record belong here too.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function erase_with_sides() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      delete from subject_neighbourhoods where index = old.index;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger erase_with_sides after delete on record_sides
    for each row execute function erase_with_sides()`.execute(db)
}
