import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createPostgresAnomalySearch } from '../../gateway/adapters/postgres/audit/examine.ts'
import { DEFAULT_THRESHOLDS } from '../../gateway/audit/thresholds.ts'
import { answerText } from '../../gateway/cli/exchange/answer-text.ts'
import { createTerminal } from '../../gateway/cli/terminal.ts'
import { type Ask, GuanyiProblem } from '../../gateway/client/index.ts'
import { createOperatorClient, type OperatorClient } from '../../gateway/client/operator-client.ts'
import { readZip } from '../../gateway/evidence-package/zip.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { ALLOWANCE_RECEIVER, GUARDIAN, HUSBAND, OPERATORS, VETERAN, WIFE } from '../../seeds/population/cast.ts'
import { run } from '../cli/run.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
type Any = any
interface Got {
  status: number
  body: Any
}

/** A Monday before any of the year's holidays: five working days on is the next Monday. */
const MONDAY = Date.UTC(2026, 10, 16, 3)
const DAY_MS = 86_400_000
const CASE = '11371082PDY003018B3370705001001202611167601'
const FIELDS = ['collectiveMember', 'assemblyApproved', 'assemblyOn'].map((id) => `village-assistance.${id}`)
const ANSWER = { collectiveMember: true, assemblyApproved: true, assemblyOn: '20261101' }
const person = ({ id, name }: { id: string; name: string }) => ({ type: 'person', idType: 'resident-id', id, name })

let offset = MONDAY - Date.now()
const now = (): number => Date.now() + offset
let seeded: Seeded
let clerk: OperatorClient
beforeAll(async () => {
  seeded = await seededGateway({ now })
  clerk = operator('provider-clerk')
})
afterAll(() => seeded?.stop())

function operator(role: string): OperatorClient {
  const found = seeded.installation.operators.find((each) => each.role === role)!
  return createOperatorClient({
    url: seeded.gateway.managementUrl,
    gatewayId: GATEWAY_ID,
    operator: found.id,
    key: found.jwk,
    now,
  })
}

async function send(system: string, op: string, members: object): Promise<Got> {
  const { body } = await seeded.client(system).signRequest(op as 'query', members as never)
  const headers = { 'content-type': 'application/jose' }
  const response = await fetch(`${seeded.gateway.dataUrl}/v1/${op}`, { method: 'POST', headers, body })
  return { status: response.status, body: await response.json() }
}

const question = (who: { id: string; name: string }, change: object = {}): object => ({
  scenario: 'P5.4',
  item: 'rongcheng-p-064',
  case: CASE,
  purpose: '农村村民住宅用地审核',
  operator: { ...OPERATORS.land },
  subject: person(who),
  fields: FIELDS,
  ...change,
})
const ask = (who: { id: string; name: string }, change: object = {}) => send('rc-land', 'query', question(who, change))
const sourceOf = ({ body }: Got): Any => body.sources['village-assistance']
const code = (asking: Promise<unknown>): Promise<Any> =>
  asking.then(
    () => 'done',
    (thrown) => (thrown instanceof GuanyiProblem ? [thrown.problem.code, thrown.problem.status] : thrown),
  )

describe('a source that is people (协查)', () => {
  it('pending shows as such, with a due day; asked again it is the same task; nothing is released meanwhile', async () => {
    const first = await ask(ALLOWANCE_RECEIVER)
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ complete: false, data: {} })
    expect(sourceOf(first)).toMatchObject({
      provider: 'rc-nyncj',
      status: 'unavailable',
      asOf: null,
      task: { state: 'pending', dueOn: '20261123' },
    })
    const again = await Promise.all([ask(ALLOWANCE_RECEIVER), ask(ALLOWANCE_RECEIVER, { fields: FIELDS.slice(0, 2) })])
    for (const each of again) expect(sourceOf(each).task).toEqual(sourceOf(first).task)
    const [entry] = await seeded.sql<{ entry: Buffer }>('select entry from records where exchange_id = $1', [
      first.body.exchangeId,
    ])
    expect(JSON.parse(entry!.entry.toString()).sources['village-assistance'].task).toEqual({
      id: sourceOf(first).task.id,
      state: 'pending',
    })
  })

  it('two equal questions at the same moment make one task', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(VETERAN)))
    expect(new Set(answers.map((each) => sourceOf(each).task.id)).size).toBe(1)
  })

  it('the clerk lists it without names, sees whom it is about on the record, answers; the next question is answered', async () => {
    const task = sourceOf(await ask(ALLOWANCE_RECEIVER)).task.id
    const { tasks } = await clerk.get<{ tasks: Any[] }>('/admin/v1/tasks?state=open')
    const line = tasks.find(({ id }) => id === task)
    expect(line).toMatchObject({ askedBy: { id: 'rc-zrzyj' }, dueOn: '20261123', overdue: false, state: 'open' })
    expect(JSON.stringify(tasks)).not.toContain(ALLOWANCE_RECEIVER.id)

    const shown = await clerk.get<Any>(`/admin/v1/tasks/${task}`)
    expect(shown).toMatchObject({ subject: person(ALLOWANCE_RECEIVER), case: CASE, officer: { id: 'zrzy-0415' } })
    expect(shown.fields.map(({ id }: Any) => id).toSorted()).toEqual(Object.keys(ANSWER).toSorted())
    const [view] = await seeded.sql<{ entry: Buffer; subject_digest: string }>(
      `select r.entry, s.subject_digest from records r join record_sides s using (index, recorded_at) where r.exchange_id = $1`,
      [shown.recordedAs],
    )
    expect(JSON.parse(view!.entry.toString())).toMatchObject({
      verb: 'task.view',
      member: 'rc-nyncj',
      target: `task:${task}`,
    })
    expect(view!.subject_digest).toBeTruthy()

    await clerk.post(`/admin/v1/tasks/${task}/answer`, { records: [ANSWER] })
    const answered = await ask(ALLOWANCE_RECEIVER)
    expect(answered.body).toMatchObject({ complete: true, data: { 'village-assistance': ANSWER } })
    expect(sourceOf(answered)).toMatchObject({ status: 'ok', cache: 'bypass', task: { id: task, state: 'answered' } })
    // A part of it, and the same again as a retry, are answered from it too.
    const part = await ask(ALLOWANCE_RECEIVER, { fields: FIELDS.slice(0, 1), retryOf: answered.body.exchangeId })
    expect(part.body.data).toEqual({ 'village-assistance': { collectiveMember: true } })
    // Another department's question is another question, and needs its own grant.
    expect((await send('rc-housing', 'query', question(ALLOWANCE_RECEIVER))).body.code).toBe('access.denied')
    expect(await code(clerk.post(`/admin/v1/tasks/${task}/answer`, { records: [ANSWER] }))).toEqual([
      'request.malformed',
      409,
    ])
    expect(await code(clerk.post(`/admin/v1/tasks/${task}/refuse`, { reason: 'not-ours' }))).toEqual([
      'request.malformed',
      409,
    ])
  })

  it('people read that it is being asked for, not that a source was down: in the terminal and in court', async () => {
    const answer = await seeded.client('rc-land').query(question({ ...GUARDIAN, name: '测试在问' }) as Ask)
    const names = { dataset: () => '', field: () => '', provider: () => '' }
    expect(answerText(answer, names, 'k', createTerminal('zh', false))).toContain('协查中，20261123 前答复')
    const zip = await operator('audit-administrator').download(
      `/admin/v1/records/${answer.exchangeId}/evidence-package`,
      { reason: '法院调查取证' },
    )
    const report = readZip(zip).get('核查报告.html')!.toString()
    expect(report).toContain('已交提供部门经办人协查，当时尚未答复')
    expect(report).toContain(answer.sources['village-assistance']!.task!.id)
    expect(report).not.toContain('数源当时无法访问')
  })

  it('the answer is used until its validity ends, then asked for anew', async () => {
    const first = sourceOf(await ask(ALLOWANCE_RECEIVER)).task
    offset += 91 * DAY_MS
    try {
      // 2027 has no official calendar here: no due day is made up (R39).
      const later = sourceOf(await ask(ALLOWANCE_RECEIVER)).task
      expect(later).toMatchObject({ state: 'pending', dueOn: null })
      expect(later.id).not.toBe(first.id)
    } finally {
      offset -= 91 * DAY_MS
    }
  })

  it('prefill marks the material as being asked for, and dispenses with it once answered', async () => {
    const members = {
      item: 'rongcheng-p-064',
      case: CASE,
      purpose: '农村村民住宅用地审核',
      operator: OPERATORS.land,
      subjects: { subject: person(GUARDIAN) },
    }
    const materials = async (change: object = {}): Promise<Any> => {
      const { body } = await send('rc-land', 'prefill', { ...members, ...change })
      return Object.fromEntries(body.materials.map((each: Any) => [each.code, each]))
    }
    // Nobody is set to work for a 情形 the applicant has not settled.

    const first = await materials()
    expect(first.M205).toMatchObject({ state: 'pending', instead: 'assistance', task: { dueOn: '20261123' } })
    expect(first.M208.state).toBe('open-situation')
    const task = first.M205.task.id
    expect((await clerk.get<Any>(`/admin/v1/tasks/${task}`)).fields.map(({ id }: Any) => id)).not.toContain(
      'collectiveMember',
    )
    await clerk.post(`/admin/v1/tasks/${task}/answer`, {
      records: [{ assemblyApproved: true, assemblyOn: '20261101' }],
    })
    expect((await materials()).M205).toMatchObject({ state: 'not-needed', ground: 'data-sharing' })
    expect((await materials({ answers: { member: 'n' } })).M208).toMatchObject({ state: 'pending' })
  })

  it('what cannot be answered says why and stands for a while; nothing found is an answer', async () => {
    const declined = sourceOf(await ask(WIFE)).task.id
    await clerk.post(`/admin/v1/tasks/${declined}/refuse`, { reason: 'insufficient', note: '请写明所在村' })
    expect(sourceOf(await ask(WIFE))).toMatchObject({
      status: 'unavailable',
      task: { id: declined, state: 'declined', reason: 'insufficient' },
    })
    offset += 8 * DAY_MS
    expect(sourceOf(await ask(WIFE)).task.state).toBe('pending')
    offset -= 8 * DAY_MS
    const none = sourceOf(await ask(HUSBAND)).task.id
    await clerk.post(`/admin/v1/tasks/${none}/answer`, { records: [] })
    expect(sourceOf(await ask(HUSBAND))).toMatchObject({ status: 'not-found', task: { state: 'answered' } })
  })

  it('answers that do not fit the dataset are refused, and the refusal says no value', async () => {
    const task = sourceOf(await ask(VETERAN)).task.id
    for (const records of [
      [{ ...ANSWER, shoeSize: '43-测试' }],
      [{ ...ANSWER, villageName: '测试海头村' }],
      [{ ...ANSWER, assemblyOn: '20260231' }],
      [{ ...ANSWER, collectiveMember: '是的-测试' }],
      [{ assemblyApproved: true }],
      [ANSWER, ANSWER],
    ]) {
      const thrown = (await clerk
        .post(`/admin/v1/tasks/${task}/answer`, { records })
        .catch((each) => each)) as GuanyiProblem
      expect(thrown.problem).toMatchObject({ code: 'request.malformed', status: 400 })
      expect(JSON.stringify(thrown.problem)).not.toMatch(/43-|是的|海头|20260231/)
    }
    expect(await code(clerk.post(`/admin/v1/tasks/${task}/answer`, { records: [ANSWER], extra: 1 }))).toEqual([
      'request.malformed',
      400,
    ])
    expect(await code(clerk.post(`/admin/v1/tasks/${task}/refuse`, { reason: 'not-ours', note: VETERAN.id }))).toEqual([
      'request.malformed',
      400,
    ])
    expect((await clerk.get<Any>('/admin/v1/tasks?state=open')).tasks.some(({ id }: Any) => id === task)).toBe(true)
  })

  it('a withdrawn task cannot be answered, and only who asked may withdraw it', async () => {
    const task = sourceOf(await ask(VETERAN)).task.id
    const withdraw = (system: string) => send(system, 'tasks', { action: 'withdraw', task })
    expect((await withdraw('rc-housing')).body.code).toBe('request.unknown-resource')
    const listed = await send('rc-land', 'tasks', { action: 'list', state: 'open' })
    expect(listed.body.tasks.map(({ id }: Any) => id)).toContain(task)
    expect((await send('rc-housing', 'tasks', { action: 'list' })).body.tasks).toEqual([])
    expect((await withdraw('rc-land')).body.task.state).toBe('withdrawn')
    expect((await withdraw('rc-land')).status).toBe(409)
    expect(await code(clerk.post(`/admin/v1/tasks/${task}/answer`, { records: [ANSWER] }))).toEqual([
      'request.malformed',
      409,
    ])
    expect(sourceOf(await ask(VETERAN)).task).toMatchObject({ state: 'pending' })
    expect(sourceOf(await ask(VETERAN)).task.id).not.toBe(task)
  })

  it('another department’s clerk, and every other role, stay out; what never was reads the same', async () => {
    const task = sourceOf(await ask(VETERAN)).task.id
    for (const role of ['system-administrator', 'security-administrator', 'audit-administrator'])
      expect(await code(operator(role).get('/admin/v1/tasks'))).toEqual(['access.denied', 403])
    expect(await code(clerk.get('/admin/v1/records/1'))).toEqual(['access.denied', 403])
    const dir = mkdtempSync(join(inject('runDir'), 'clerks-'))
    const env = { ...seeded.installation.env, GUANYI_STATE_DIR: dir }
    const key = join(dir, 'other.jwk.json')
    const argv = [
      'operator',
      'add',
      'op-other',
      '--name',
      '测试他部门',
      '--role',
      'provider-clerk',
      '--member',
      'rc-mzj',
      '--out',
      key,
    ]
    expect((await run(argv, { env, now })).code).toBe(0)
    const plane = ['--url', seeded.gateway.managementUrl, '--gateway-id', GATEWAY_ID, '--operator-key', key]
    await expect
      .poll(async () => (await run(['task', 'list', '--json', ...plane], { now })).json(), { timeout: 5_000 })
      .toEqual({ tasks: [], next: null })
    for (const id of [task, '00000000-0000-4000-8000-000000000000', 'no-such']) {
      const shown = await run(['task', 'show', id, '--json', ...plane], { now })
      expect([shown.code === 0, JSON.stringify(shown.json()).includes('request.unknown-resource')]).toEqual([
        false,
        true,
      ])
    }
    const answered = await run(['task', 'answer', task, '--set', 'collectiveMember=true', '--json', ...plane], { now })
    expect(answered.code).not.toBe(0)
  })

  it('the command line shows, answers and refuses in words', async () => {
    const own = seeded.installation.operators.find(({ role }) => role === 'provider-clerk')!
    const plane = [
      '--url',
      seeded.gateway.managementUrl,
      '--gateway-id',
      GATEWAY_ID,
      '--operator-key',
      own.keyFile,
      '--operator',
      own.id,
    ]
    const task = sourceOf(await ask(VETERAN)).task.id
    const listed = await run(['task', 'list', '--lang', 'zh', '--state', 'open', ...plane], { now })
    expect(listed.out).toContain('村民建房协查意见')
    const shown = await run(['task', 'show', task, '--lang', 'zh', ...plane], { now })
    expect(shown.out).toContain(VETERAN.name)
    expect(shown.out).toContain('是否本集体经济组织成员')
    const file = join(mkdtempSync(join(inject('runDir'), 'clerks-')), 'answer.json')
    writeFileSync(file, JSON.stringify({ records: [ANSWER] }))
    expect((await run(['task', 'answer', task, '--file', file, '--none', ...plane], { now })).code).not.toBe(0)
    const done = await run(['task', 'answer', task, '--lang', 'zh', '--file', file, ...plane], { now })
    expect([done.code, done.out]).toEqual([0, expect.stringContaining('已答复')])
    expect((await ask(VETERAN)).body.data['village-assistance']).toEqual(ANSWER)
  })

  it('a refused exchange sets nobody to work', async () => {
    const before = (await clerk.get<Any>('/admin/v1/tasks')).tasks.length
    const refused = await ask(GUARDIAN, { fields: [...FIELDS, 'household-registration.address'] })
    expect(refused.body.code).toBe('access.denied')
    expect((await ask(GUARDIAN, { case: undefined, application: 'A-1' })).status).toBe(403)
    expect((await clerk.get<Any>('/admin/v1/tasks')).tasks.length).toBe(before)
  })

  it('an overdue task is a finding, with the records that asked', async () => {
    const due = sourceOf(await ask({ ...GUARDIAN, name: '测试逾期' })).task
    const search = createPostgresAnomalySearch({ url: seeded.ownerUrl })
    try {
      const findings = () =>
        seeded.sql<Any>(`select member, figures, records from findings where kind = 'task-overdue'`)
      await search.examine(due.dueOn, DEFAULT_THRESHOLDS, MONDAY + 7 * DAY_MS)
      expect(await findings()).toEqual([])
      await search.examine('20261124', DEFAULT_THRESHOLDS, MONDAY + 8 * DAY_MS)
      const [found] = await findings()
      expect(found).toMatchObject({ member: 'rc-nyncj' })
      const [asked] = await seeded.sql<Any>(
        'select x.index from clerk_task_askings a join exchange_ids x using (exchange_id) where a.task_id = $1',
        [due.id],
      )
      expect(found.records).toContain(asked.index)
      offset += 9 * DAY_MS
      const { tasks } = await clerk.get<Any>('/admin/v1/tasks?state=open')
      expect(tasks.find(({ id }: Any) => id === due.id).overdue).toBe(true)
    } finally {
      offset = MONDAY - Date.now()
      await search.close()
    }
  })

  it('no value, no identifier and no name is anywhere in clear', async () => {
    const rows = await seeded.sql<{ row: string }>(
      `select row(t.*)::text as row from clerk_tasks t union all select row(e.*)::text from clerk_task_ends e
       union all select convert_from(entry, 'UTF8') from records union all select row(f.*)::text from findings f`,
    )
    const all = rows.map(({ row }) => row).join('\n') + seeded.logLines.join('\n')
    for (const secret of [ALLOWANCE_RECEIVER, VETERAN, GUARDIAN, WIFE, HUSBAND].flatMap(({ id, name }) => [id, name]))
      expect(all.includes(secret)).toBe(false)
    expect(all.includes('20261101') || all.includes(OPERATORS.land.name)).toBe(false)
    expect(all).toContain('task.answer')
  })
})
