import type { Catalog } from '../catalog/types.ts'
import type { Reporter } from '../events/report-record.ts'
import type { ReportOperation, Reports } from '../events/run-report.ts'
import { type ObjectSchema, onBehalfOfSchema, requestIdSchema } from '../requests/exchange-request.schema.ts'
import { createShapeCheck } from '../requests/validators.ts'
import { ended, unknownTask } from './clerk.ts'
import type { ClerkTaskStore } from './types.ts'
import { taskLine } from './view.ts'

const ID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

export const taskSchema: ObjectSchema = {
  type: 'object',
  description:
    '本部门提出的协查：列出、撤回；答复以原请求再次查询取得 / tasks of this department’s questions to people',
  properties: {
    jti: requestIdSchema,
    onBehalfOf: onBehalfOfSchema,
    action: { enum: ['list', 'withdraw'] },
    state: { enum: ['open', 'ended'] },
    before: { type: 'string', pattern: ID, description: '下一页：上一页最后一项的编号' },
    task: { type: 'string', pattern: ID },
  },
  required: ['jti', 'action'],
  additionalProperties: false,
  if: { properties: { action: { const: 'withdraw' } }, required: ['action'] },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
  then: { required: ['task'], properties: { state: false, before: false } },
  else: { properties: { task: false } },
}

interface WrittenTask {
  jti: string
  onBehalfOf?: string
  action: 'list' | 'withdraw'
  state?: 'open' | 'ended'
  before?: string
  task?: string
}

export interface AcceptTaskDeps {
  reports: Pick<Reports, 'record'>
  store: Pick<ClerkTaskStore, 'list' | 'find' | 'end'>
  now: () => number
}

const shape = createShapeCheck<WrittenTask>(taskSchema)
const LISTED = 100

/** The asking department's side of its questions to people. Errors: `request.unknown-resource` for another's; 409 (`state`). */
export function createAcceptTask({ reports, store, now }: AcceptTaskDeps): ReportOperation<WrittenTask, object> {
  async function list(reporter: Reporter, { state, before }: WrittenTask): Promise<object> {
    const found = await store.list({ member: reporter.acting.id }, state ?? null, before ?? null, LISTED)
    await reports.record(reporter, {
      kind: 'task',
      subjects: [],
      details: { action: 'list', found: found.length },
      committed: {},
    })
    return { exchangeId: reporter.exchangeId, tasks: lines(found, reporter.catalog) }
  }

  async function withdraw(reporter: Reporter, id: string): Promise<object> {
    const task = await store.find(id)
    if (task === undefined || task.member !== reporter.acting.id) throw unknownTask()
    if (task.state !== 'open') throw ended(task.state)
    const { exchangeId, catalog } = reporter
    await reports.record(reporter, {
      kind: 'task',
      scenario: task.scenario,
      item: task.item,
      purpose: task.purpose,
      datasets: [task.dataset],
      subjects: [],
      details: { action: 'withdraw', task: id },
      committed: {},
    })
    const done = await store.end({ task: id, outcome: 'withdrawn', endedIn: exchangeId, endedAtMs: now() })
    const after = await store.find(id)
    if (after === undefined) throw unknownTask()
    if (!done) throw ended(after.state)
    return { exchangeId, task: lines([after], catalog)[0] }
  }

  const lines = (tasks: Parameters<typeof taskLine>[0][], catalog: Catalog) =>
    tasks.map((task) => taskLine(task, catalog, now()))

  return {
    shape,
    accept: (reporter, written) =>
      written.action === 'list' ? list(reporter, written) : withdraw(reporter, written.task!),
  }
}
