import type { ClerkTaskConfig } from '../../connectors/clerk-task/config.ts'
import { answerValidator } from '../catalog/answer-schema.ts'
import type { Catalog, DatasetEntry } from '../catalog/types.ts'
import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { SealedValues } from '../events/sealed-values.ts'
import { isCalendarDate } from '../identifiers/calendar-date.ts'
import type { AdministrativeRecords, Operator } from '../operators/types.ts'
import { DECLINE_REASONS, type DeclineReason } from '../ports/clerk-desk.ts'
import { createShapeCheck } from '../requests/validators.ts'
import { ANSWER, QUESTION } from './desk.ts'
import type { AnsweredRecords, ClerkTaskStore, SealedQuestion } from './types.ts'
import { type TaskLine, type TaskView, taskLine, taskView } from './view.ts'

export interface ClerkDeps {
  store: ClerkTaskStore
  records: AdministrativeRecords
  sealed: SealedValues
  catalog: () => Catalog
  now: () => number
}

const DAY_MS = 86_400_000
/** Declined tasks stand this long: asking again at once would set the same clerk to the same work. */
const DECLINED_STANDS_MS = 7 * DAY_MS
const MOST_RECORDS = 200

export const answerTaskSchema = {
  type: 'object' as const,
  description:
    '协查答复：按数据资源的信息项填写；查无此情况填空数组 / an answer; an empty array when nothing was found',
  properties: {
    records: { type: 'array', items: { type: 'object' }, maxItems: MOST_RECORDS },
  },
  required: ['records'],
  additionalProperties: false,
}
export const refuseTaskSchema = {
  type: 'object' as const,
  description: '不予答复及原因：不属本单位、无法核实、信息不足 / why it cannot be answered',
  properties: {
    reason: { enum: [...DECLINE_REASONS] },
    note: { type: 'string', description: '补充说明，留痕；不得含个人标识', minLength: 2, maxLength: 200 },
  },
  required: ['reason'],
  additionalProperties: false,
}
const answerShape = createShapeCheck<{ records: AnsweredRecords }>(answerTaskSchema)
const refuseShape = createShapeCheck<{ reason: DeclineReason; note?: string }>(refuseTaskSchema)

/** What a provider's clerk can do: all of it bound to the department they work for. */
export interface ClerkActs {
  list(operator: Operator, state: 'open' | 'ended' | null, before: string | null, limit: number): Promise<TaskLine[]>
  /** Recorded before it is answered: whoever sees whom a task is about is found in the log. */
  show(operator: Operator, id: string): Promise<TaskView & { recordedAs: string }>
  answer(operator: Operator, id: string, body: unknown): Promise<TaskLine & { recordedAs: string }>
  refuse(operator: Operator, id: string, body: unknown): Promise<TaskLine & { recordedAs: string }>
}

/**
 * Errors: `request.unknown-resource` for another department's task, one nobody may see yet and one that is gone;
 *         `request.malformed` for an answer that does not fit the dataset, and (409, `state`) for a task that has ended.
 */
export function createClerkActs({ store, records, sealed, catalog, now }: ClerkDeps): ClerkActs {
  async function own(operator: Operator, id: string) {
    const task = UUID.test(id) ? await store.find(id) : undefined
    if (task === undefined || task.provider !== operator.member) throw unknownTask()
    return task
  }

  /** Recorded first; of two clerks at once one is told that the other was quicker. */
  async function finish(
    operator: Operator,
    id: string,
    verb: 'task.answer' | 'task.refuse',
    details: Record<string, string | number | null>,
    reason: string | null,
    endOf: (endedIn: string, endedAtMs: number) => Parameters<ClerkTaskStore['end']>[0],
  ): Promise<TaskLine & { recordedAs: string }> {
    const task = await own(operator, id)
    if (task.state !== 'open') throw ended(task.state)
    const { exchangeId } = await records.append({
      operator,
      verb,
      subjectDigest: task.subjectDigest,
      target: `task:${id}`,
      reason,
      details: { dataset: task.dataset, ...details },
    })
    if (!(await store.end(endOf(exchangeId, now())))) {
      const after = await store.find(id)
      throw after === undefined ? unknownTask() : ended(after.state)
    }
    return { ...taskLine(await own(operator, id), catalog(), now()), recordedAs: exchangeId }
  }

  return {
    async list(operator, state, before, limit) {
      const found = await store.list({ provider: operator.member }, state, before, limit)
      return found.map((task) => taskLine(task, catalog(), now()))
    },

    async show(operator, id) {
      const task = await own(operator, id)
      const question = JSON.parse(sealed.open(QUESTION, id, task.sealedQuestion)) as SealedQuestion
      const { exchangeId } = await records.append({
        operator,
        verb: 'task.view',
        subjectDigest: task.subjectDigest,
        target: `task:${id}`,
        reason: null,
        details: { dataset: task.dataset, state: task.state },
      })
      return { ...taskView(task, question, catalog(), now()), recordedAs: exchangeId }
    },

    async answer(operator, id, body) {
      const { records: answered } = answerShape(false, body)
      const task = await own(operator, id)
      const entry = catalog().datasets.get(task.dataset)
      if (entry === undefined) throw unknownTask()
      assertAnswer(answered, task.fields, entry, catalog())
      // Held to the kind's schema when the catalogue was loaded.
      const validDays = entry.connector.config.validDays as ClerkTaskConfig['validDays']
      const text = JSON.stringify(answered)
      const details = { records: answered.length, content: sealed.digest(`${ANSWER}:${id}:${text}`) }
      return await finish(operator, id, 'task.answer', details, null, (endedIn, endedAtMs) => ({
        task: id,
        outcome: 'answered',
        sealedAnswer: sealed.seal(ANSWER, id, text),
        endedIn,
        endedAtMs,
        goodUntilMs: endedAtMs + validDays * DAY_MS,
      }))
    },

    async refuse(operator, id, body) {
      const { reason, note } = refuseShape(false, body)
      return await finish(operator, id, 'task.refuse', { reason }, note ?? null, (endedIn, endedAtMs) => ({
        task: id,
        outcome: 'declined',
        reason,
        endedIn,
        endedAtMs,
        goodUntilMs: endedAtMs + DECLINED_STANDS_MS,
      }))
    },
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The same rules as for any source's answer, and no field nobody asked for. No error says a value. */
function assertAnswer(
  answered: AnsweredRecords,
  fields: readonly string[],
  entry: DatasetEntry,
  { codeLists }: Catalog,
): void {
  const reasons: Reason[] = []
  if (entry.cardinality === 'one' && answered.length > 1)
    reasons.push({ rule: 'cardinality', pointer: '/records', zh: '至多一条', en: 'at most one record' })
  for (const [at, record] of answered.entries()) {
    for (const id of Object.keys(record))
      if (!fields.includes(id))
        reasons.push({
          rule: 'field',
          pointer: `/records/${at}`,
          zh: '含有未问到的信息项',
          en: 'a field nobody asked for',
        })
    for (const id of fields)
      if (!fits(entry, id, record[id], codeLists))
        reasons.push({
          rule: 'value',
          pointer: `/records/${at}/${id}`,
          zh: '缺少，或不符合该信息项的类型、长度或代码表',
          en: 'missing, or not of the field’s type, length or code list',
        })
  }
  if (reasons.length > 0)
    throw new ExchangeError('request.malformed', 'a clerk’s answer does not fit the dataset', {
      reasons: reasons.slice(0, 20),
    })
}

function fits(entry: DatasetEntry, id: string, value: unknown, codeLists: Catalog['codeLists']): boolean {
  if (!answerValidator(entry, [id], codeLists)(value === undefined ? {} : { [id]: value })) return false
  if (typeof value !== 'string') return true
  const type = entry.fields.find((field) => field.id === id)?.type
  if (type === 'date') return isCalendarDate(value)
  return (type !== 'month' || isCalendarDate(`${value}01`)) && !/[\p{Cc}\p{Cs}]/u.test(value)
}

export const unknownTask = (): ExchangeError =>
  new ExchangeError('request.unknown-resource', 'no such task of this department', {
    reasons: [
      {
        rule: 'task',
        zh: '没有这项协查任务，或不属本部门',
        en: 'there is no such task, or it is another department’s',
      },
    ],
  })

const STATES = { open: '办理中', answered: '已答复', declined: '已退回', withdrawn: '已由需求部门撤回' }

export const ended = (state: keyof typeof STATES): ExchangeError =>
  new ExchangeError('request.malformed', `the task is \`${state}\``, {
    status: 409,
    reasons: [{ rule: 'state', zh: `该任务${STATES[state]}，不能再答复`, en: `the task is ${state}` }],
  })
