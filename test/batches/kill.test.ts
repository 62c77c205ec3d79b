import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { BATCH_MEMBERS, bulk, caseOf, ndjson, sha256, subjectOf } from './bulk.ts'
import { strangerId } from './stranger-id.ts'

const LINES = 1_500
/** Lines two workers can have under way at once: two turns each of eight. */
const UNDER_WAY = 16

let city: Seeded
const children: ChildProcess[] = []
beforeAll(async () => {
  city = await seededGateway({ env: { GUANYI_BATCHES: 'off' } })
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await city?.stop()
})

async function gatewayProcess(): Promise<{ child: ChildProcess; url: string }> {
  const child = fork('gateway/cli/main.ts', ['serve'], {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...city.installation.env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  children.push(child)
  const [ready] = await once(child, 'message')
  return { child, url: (ready as { dataUrl: string }).dataUrl }
}

const recorded = async (): Promise<number> =>
  (await city.sql<{ n: number }>(`select count(*)::int as n from records where mode = 'batch'`))[0]!.n

it('SIGKILL of a gateway at work: another finishes its lines, each recorded once, none that was finished asked again', async () => {
  const [first, second] = await Promise.all([gatewayProcess(), gatewayProcess()])
  const system = bulk(city)
  const source = city.providers.services['rc-gaj-http']
  const asked = source.calls()
  const lines = Array.from({ length: LINES }, (_none, at) => ({
    line: at + 1,
    subject: subjectOf({ id: strangerId(at) }),
    case: caseOf(at + 1),
  }))
  const body = ndjson(lines)
  const created = await system.create(
    { ...BATCH_MEMBERS, maxAgeSeconds: 0, count: LINES, subjectsSha256: sha256(body) },
    first.url,
  )
  const id = String(created.json().id)
  expect((await system.send('PUT', `/${id}/subjects`, { body, url: first.url })).status).toBe(200)
  while ((await recorded()) < LINES / 5) await sleep(5)
  first.child.kill('SIGKILL')
  const atKill = await recorded()
  expect(atKill).toBeLessThan(LINES)

  let view: Record<string, unknown> = {}
  for (let tries = 0; tries < 400 && (view.completedAt ?? null) === null; tries++) {
    view = (await system.send('GET', `/${id}`, { url: second.url })).json()
    await sleep(100)
  }
  expect(view).toMatchObject({ state: 'completed', done: LINES, failed: 0, refused: 0 })
  const perLine = await city.sql<{ n: number; ids: number }>(
    `select count(*)::int as n, count(distinct exchange_id)::int as ids from records where mode = 'batch'`,
  )
  expect(perLine).toEqual([{ n: LINES, ids: LINES }])
  const calls = source.calls() - asked
  expect(calls).toBeGreaterThanOrEqual(LINES)
  expect(calls).toBeLessThanOrEqual(LINES + UNDER_WAY)
  const answered = await system.send('GET', `/${id}/results`, { url: second.url })
  const rows = answered.text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  expect(rows.length).toBe(LINES)
  // Nothing was lost with the worker either: every released line has its answer and the evidence its record stands for.
  expect(rows.filter(({ evidence }) => typeof evidence === 'string').length).toBe(LINES)
}, 90_000)
