import { readFile } from 'node:fs/promises'
import type { TaskLine, TaskView } from '../../clerk-tasks/view.ts'
import { DECLINE_REASONS } from '../../ports/clerk-desk.ts'
import type { Command } from '../command.ts'
import { usageError } from '../exit.ts'
import { chinaTime } from '../layout/china-time.ts'
import { printable } from '../layout/printable.ts'
import { columns, table } from '../layout/table.ts'
import { openPlane, PLANE_OPTIONS } from '../management/plane.ts'
import type { Terminal } from '../terminal.ts'

const path = (id: string): string => `/admin/v1/tasks/${encodeURIComponent(id)}`
const STATES: Record<TaskLine['state'], { zh: string; en: string }> = {
  open: { zh: '待答复', en: 'open' },
  answered: { zh: '已答复', en: 'answered' },
  declined: { zh: '已退回', en: 'declined' },
  withdrawn: { zh: '已撤回', en: 'withdrawn' },
}

export const taskList: Command = {
  name: 'task list',
  zh: '列出本部门的协查任务：谁问、哪个事项、何时到期（不含主体）',
  en: 'list your department’s tasks: who asks, for which item, due when (nobody is named)',
  options: {
    state: { value: 'open|ended', choices: ['open', 'ended'], zh: '待答复或已了结', en: 'open or ended' },
    before: { value: '编号 id', zh: '下一页：上一页最后一项的编号', en: 'next page: the last id of this one' },
    ...PLANE_OPTIONS,
  },
  examples: ['guanyi task list --state open --operator-key op-clerk.jwk.json'],
  async run(input, context) {
    const given = ['state', 'before'].flatMap((name): [string, string][] => {
      const value = input.text(name)
      return value === undefined ? [] : [[name, value]]
    })
    const plane = await openPlane(input, context)
    const page = await plane.get<{ tasks: TaskLine[]; next: string | null }>(
      `/admin/v1/tasks?${new URLSearchParams(given)}`,
    )
    return { json: page, text: (terminal) => listText(page.tasks, page.next, terminal) }
  },
}

export const taskShow: Command = {
  name: 'task show',
  zh: '显示一项协查任务：查谁、为何、要填哪些信息项（查看即留痕）',
  en: 'show a task: whom it is about, why, what to fill in; the look is recorded',
  positionals: ['<编号 id>'],
  options: PLANE_OPTIONS,
  async run(input, context) {
    const plane = await openPlane(input, context)
    const found = await plane.get<TaskView & { recordedAs: string }>(path(input.positionals[0]!))
    return { json: found, text: (terminal) => viewText(found, terminal) }
  },
}

export const taskAnswer: Command = {
  name: 'task answer',
  zh: '答复协查：按信息项填写，或查无此情况',
  en: 'answer a task by its fields, or that nothing was found',
  positionals: ['<编号 id>'],
  options: {
    set: {
      value: '信息项=值',
      multiple: true,
      zh: '一个信息项的值；是否填 true、false；整数请用 --file',
      en: 'one field’s value; whole numbers by --file',
    },
    file: { value: '文件 file', zh: '多条时：{"records": [...]} 的 JSON 文件', en: 'for several: JSON of `records`' },
    none: { zh: '经核实，查无此情况', en: 'nothing was found' },
    ...PLANE_OPTIONS,
  },
  examples: [
    'guanyi task answer 0199… --set assemblyApproved=true --set assemblyOn=20261101 --operator-key op-clerk.jwk.json',
  ],
  async run(input, context) {
    const [sets, file, none] = [input.list('set'), input.text('file'), input.flag('none')]
    if (Number(sets.length > 0) + Number(file !== undefined) + Number(none) !== 1)
      throw usageError('请在 --set、--file、--none 中给出一种', 'give one of --set, --file, --none')
    const plane = await openPlane(input, context)
    const id = input.positionals[0]!
    const body = file !== undefined ? await bodyOf(file) : { records: none ? [] : [recordOf(sets)] }
    const done = await plane.post<TaskLine & { recordedAs: string }>(`${path(id)}/answer`, body)
    return { json: done, text: ({ say, green }) => green(say(doneWords(done, '已答复', 'answered'))) }
  },
}

export const taskRefuse: Command = {
  name: 'task refuse',
  zh: '退回协查并写明原因',
  en: 'send a task back, saying why',
  positionals: ['<编号 id>'],
  options: {
    reason: {
      value: DECLINE_REASONS.join('|'),
      choices: DECLINE_REASONS,
      required: true,
      zh: '不属本单位、无法核实、信息不足',
      en: 'not ours, cannot be verified, insufficient',
    },
    note: { value: '说明 text', zh: '补充说明，留痕，不得含证件号码', en: 'a note, recorded; no identity numbers' },
    ...PLANE_OPTIONS,
  },
  async run(input, context) {
    const plane = await openPlane(input, context)
    const id = input.positionals[0]!
    const note = input.text('note')
    const done = await plane.post<TaskLine & { recordedAs: string }>(`${path(id)}/refuse`, {
      reason: input.text('reason'),
      ...(note !== undefined && { note }),
    })
    return { json: done, text: ({ say, green }) => green(say(doneWords(done, '已退回', 'sent back'))) }
  },
}

const doneWords = ({ id, recordedAs }: TaskLine & { recordedAs: string }, zh: string, en: string) => ({
  zh: `✓ 协查任务 ${id} ${zh}；留痕 ${recordedAs}`,
  en: `✓ task ${id} ${en}; recorded as ${recordedAs}`,
})

async function bodyOf(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    // The parser's message is not repeated: it quotes what stands in the file.
    throw usageError(`${file} 读不到或不是 JSON`, `${file} cannot be read or is not JSON`)
  }
}

/** `true`, `false` and `null` are what they say; everything else is text: whole numbers are given in a file. */
function recordOf(sets: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    sets.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw usageError('--set 应为 信息项=值', '--set takes field=value')
      return [text.slice(0, at), meant(text.slice(at + 1))]
    }),
  )
}

const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null }
const meant = (text: string): unknown => (Object.hasOwn(WORDS, text) ? WORDS[text] : text)

function listText(tasks: readonly TaskLine[], next: string | null, terminal: Terminal): string {
  const { say, dim } = terminal
  if (tasks.length === 0) return say({ zh: '没有协查任务', en: 'no tasks' })
  const heads = [
    { zh: '编号', en: 'id' },
    { zh: '数据资源', en: 'dataset' },
    { zh: '需求部门', en: 'asked by' },
    { zh: '事项', en: 'item' },
    { zh: '到期', en: 'due' },
    { zh: '状态', en: 'state' },
  ].map(say)
  const rows = tasks.map((task) => [
    task.id,
    task.dataset.name ?? task.dataset.id,
    task.askedBy.name ?? task.askedBy.id,
    task.item?.name ?? '—',
    dueText(task, terminal),
    say(STATES[task.state]),
  ])
  const more = next === null ? [] : [dim(say({ zh: `下一页：--before ${next}`, en: `next page: --before ${next}` }))]
  return [table(heads, rows, terminal), ...more].join('\n')
}

function dueText({ dueOn, overdue }: TaskLine, { say, yellow }: Terminal): string {
  if (dueOn === null) return say({ zh: '未定（无官方日历）', en: 'none (no official calendar)' })
  return overdue ? yellow(say({ zh: `${dueOn} 已逾期`, en: `${dueOn} overdue` })) : dueOn
}

function viewText(task: TaskView & { recordedAs: string }, terminal: Terminal): string {
  const { say, bold, dim } = terminal
  const { subject, officer } = task
  const facts = [
    [say({ zh: '查询对象', en: 'about' }), printable(`${subject.name ?? ''} ${subject.id}（${subject.idType}）`)],
    [say({ zh: '需求部门', en: 'asked by' }), task.askedBy.name ?? task.askedBy.id],
    [say({ zh: '经办人', en: 'officer' }), printable(`${officer?.name ?? officer?.id ?? '—'} ${officer?.unit ?? ''}`)],
    [say({ zh: '事项', en: 'item' }), task.item?.name ?? '—'],
    [say({ zh: '办件', en: 'case' }), printable(task.case ?? '—')],
    [say({ zh: '用途', en: 'purpose' }), printable(task.purpose)],
    [say({ zh: '提出', en: 'asked at' }), chinaTime(Date.parse(task.openedAt))],
    [say({ zh: '到期', en: 'due' }), dueText(task, terminal)],
    [say({ zh: '状态', en: 'state' }), say(STATES[task.state])],
  ]
  const fields = task.fields.map(({ id, name, type, required, codes }) => [
    `  ${id}`,
    name,
    codes === undefined
      ? type
      : Object.entries(codes)
          .map(([code, word]) => `${code} ${word}`)
          .join('、'),
    required ? say({ zh: '必填', en: 'required' }) : '',
  ])
  return [
    bold(`${task.dataset.name ?? task.dataset.id}  ${task.id}`),
    ...columns(facts),
    say({ zh: '请填写：', en: 'to fill in:' }),
    ...columns(fields),
    dim(say({ zh: `本次查看已留痕 ${task.recordedAs}`, en: `this look is recorded as ${task.recordedAs}` })),
  ].join('\n')
}
