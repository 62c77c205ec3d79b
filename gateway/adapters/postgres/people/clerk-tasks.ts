import { type RawBuilder, sql } from 'kysely'
import type { ClerkTask, ClerkTaskStore, NewClerkTask, StandingTask } from '../../../clerk-tasks/types.ts'
import type { DeclineReason } from '../../../ports/clerk-desk.ts'
import { eventStoreFailure } from '../events/failure.ts'
import type { PeopleDatabase } from './tables.ts'

interface TaskRow {
  task_id: string
  dataset: string
  provider: string
  member: string
  scenario: string
  item: string | null
  purpose: string
  fields: string[]
  opened_at: Date
  due_on: string | null
  outcome: Exclude<ClerkTask['state'], 'open'> | null
  reason: DeclineReason | null
  ended_at: Date | null
}

/** An open task whose first exchange is still under way may be joined; one whose exchange broke off is left behind. */
const UNDER_WAY_MS = 60_000

/** Tasks of clerks in PostgreSQL (076-clerk-tasks). Equal questions wait for each other, so that one task is made of them. */
export function createPostgresClerkTasks(db: PeopleDatabase): ClerkTaskStore {
  return {
    openOrJoin: (task) =>
      db
        .transaction()
        .execute(async (tx) => {
          await sql`select pg_advisory_xact_lock(hashtextextended(${task.questionDigest}, 76))`.execute(tx)
          const { rows } = await standing(task).execute(tx)
          const found = rows[0]
          if (found === undefined) await insertion(task).execute(tx)
          const id = found?.task_id ?? task.id
          if (found === undefined || found.outcome === null)
            await sql`
              insert into clerk_task_askings (task_id, exchange_id, asked_at)
              values (${id}, ${task.exchangeId}, ${new Date(task.openedAtMs)}) on conflict do nothing`.execute(tx)
          return found === undefined ? { id, dueOn: task.dueOn, end: null } : standingOf(found)
        })
        .catch(eventStoreFailure),

    async list(whose, state, before, limit) {
      const own = 'provider' in whose ? sql`t.provider = ${whose.provider}` : sql`t.member = ${whose.member}`
      const { rows } = await sql<TaskRow>`
        select ${COLUMNS} from clerk_tasks_seen t left join clerk_task_ends e on e.task_id = t.task_id
         where ${own} and (${state}::text is null or (e.task_id is null) = (${state} = 'open'))
           and (${before}::uuid is null or (t.opened_at, t.task_id) < (select opened_at, task_id from clerk_tasks where task_id = ${before}::uuid))
         order by t.opened_at desc, t.task_id desc limit ${limit}`
        .execute(db)
        .catch(eventStoreFailure)
      return rows.map(taskOf)
    },

    async find(id) {
      const { rows } = await sql<TaskRow & { subject_digest: string; sealed_question: Buffer }>`
        select ${COLUMNS}, t.subject_digest, t.sealed_question
          from clerk_tasks_seen t left join clerk_task_ends e on e.task_id = t.task_id where t.task_id = ${id}::uuid`
        .execute(db)
        .catch(eventStoreFailure)
      const [row] = rows
      return row && { ...taskOf(row), subjectDigest: row.subject_digest, sealedQuestion: row.sealed_question }
    },

    async end(end) {
      const { task, outcome, endedIn, endedAtMs } = end
      const { rows } = await sql`
        insert into clerk_task_ends (task_id, outcome, reason, ended_in, sealed_answer, ended_at, good_until)
        select task_id, ${outcome}, ${outcome === 'declined' ? end.reason : null}, ${endedIn},
               ${outcome === 'answered' ? end.sealedAnswer : null}::bytea, ${new Date(endedAtMs)},
               ${outcome === 'withdrawn' ? null : new Date(end.goodUntilMs)}::timestamptz
          from clerk_tasks where task_id = ${task}::uuid
        on conflict (task_id) do nothing returning task_id`
        .execute(db)
        .catch(eventStoreFailure)
      return rows.length === 1
    },

    probe: async () => void (await sql`select from clerk_tasks limit 1`.execute(db).catch(eventStoreFailure)),
  }
}

const COLUMNS = sql`t.task_id, t.dataset, t.provider, t.member, t.scenario, t.item, t.purpose, t.fields, t.opened_at, t.due_on,
  e.outcome, e.reason, e.ended_at`

interface StandingRow {
  task_id: string
  due_on: string | null
  outcome: 'answered' | 'declined' | null
  reason: DeclineReason | null
  sealed_answer: Buffer | null
  ended_at: Date | null
  good_until: Date | null
}

/** What was said and is still valid goes before what is still open: a wider question may be open beside it. */
const standing = ({ questionDigest, fields, openedAtMs }: NewClerkTask): RawBuilder<StandingRow> => sql<StandingRow>`
  select t.task_id, t.due_on, e.outcome, e.reason, e.sealed_answer, e.ended_at, e.good_until
    from clerk_tasks t left join clerk_task_ends e on e.task_id = t.task_id
   where t.question_digest = ${questionDigest} and t.fields @> ${fields}::text[]
     and case when e.task_id is not null then e.outcome <> 'withdrawn' and e.good_until > ${new Date(openedAtMs)}
              else t.opened_at > ${new Date(openedAtMs - UNDER_WAY_MS)}
                   or exists (select from clerk_tasks_seen s where s.task_id = t.task_id) end
   order by e.task_id is null, t.opened_at desc limit 1`

const insertion = (task: NewClerkTask) => sql`
  insert into clerk_tasks (task_id, dataset, provider, member, scenario, item, purpose, fields, question_digest, subject_digest,
                           sealed_question, opened_at, due_on)
  values (${task.id}, ${task.dataset}, ${task.provider}, ${task.member}, ${task.scenario}, ${task.item}, ${task.purpose},
          ${task.fields}, ${task.questionDigest}, ${task.subjectDigest}, ${task.sealedQuestion}, ${new Date(task.openedAtMs)},
          ${task.dueOn})`

function standingOf(row: StandingRow): StandingTask {
  const { task_id: id, due_on: dueOn } = row
  if (row.outcome === null || row.ended_at === null) return { id, dueOn, end: null }
  const endedAtMs = row.ended_at.getTime()
  if (row.outcome === 'declined') return { id, dueOn, end: { outcome: 'declined', reason: row.reason!, endedAtMs } }
  const goodUntilMs = row.good_until!.getTime()
  return { id, dueOn, end: { outcome: 'answered', sealedAnswer: row.sealed_answer!, endedAtMs, goodUntilMs } }
}

const taskOf = (row: TaskRow): ClerkTask => ({
  id: row.task_id,
  dataset: row.dataset,
  provider: row.provider,
  member: row.member,
  scenario: row.scenario,
  item: row.item,
  purpose: row.purpose,
  fields: row.fields,
  openedAtMs: row.opened_at.getTime(),
  dueOn: row.due_on,
  state: row.outcome ?? 'open',
  reason: row.reason,
  endedAtMs: row.ended_at?.getTime() ?? null,
})
