import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ask } from '../../gateway/client/index.ts'
import { FATHER, GUARDIAN_HOME } from '../../seeds/population/cast.ts'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, call, jose, jws, payloadOf, tokenFor } from '../support/wire.ts'

let city: Seeded
beforeAll(async () => {
  city = await seededGateway({ ownPostgres: true })
})
afterAll(() => city?.stop())

const REFUSED: Ask = { ...ENROLMENT, fields: ['household-registration.ethnicGroup'] }
/** What the answer would hold; nothing of it may leave while the log is away. */
const DATA = [FATHER.name, GUARDIAN_HOME.certificate, '"data"', '"evidence"']

const asking = async (ask: Ask): Promise<Answered> => {
  const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
  return call(city.gateway.dataUrl, jose('/v1/query', await jws(key, payloadOf('rc-enrolment', 'query', ask))))
}
const ready = async () => (await call(city.gateway.dataUrl, { method: 'GET', path: '/readyz' })).status
async function until(holds: () => Promise<boolean>, withinMs = 20_000): Promise<number> {
  const startedAt = Date.now()
  while (!(await holds())) {
    if (Date.now() - startedAt > withinMs) throw new Error('did not come about')
    await sleep(20)
  }
  return Date.now() - startedAt
}

/** Callers that never stop asking; every answer is kept. */
function load(callers: number) {
  const answers: Answered[] = []
  let running = true
  const loops = Array.from({ length: callers }, async (_none, at) => {
    while (running) {
      const answered = await asking(at % 4 === 0 ? REFUSED : ENROLMENT)
      answers.push(answered)
      if (answered.status === 503) await sleep(20)
    }
  })
  return {
    answers,
    async stop() {
      running = false
      await Promise.all(loops)
    },
  }
}

function assertClosed({ status, headers, text, json }: Answered): void {
  expect(status).toBe(503)
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(json()).toMatchObject({ code: 'record.unavailable', origin: 'gateway', retry: true })
  for (const part of DATA) expect(text).not.toContain(part)
}

async function assertLogFits(answers: readonly Answered[]): Promise<void> {
  const rows = await city.sql<{
    index: string
    exchange_id: string
    outcome: string
    jwt: string | null
    code: string | null
  }>(
    'select r.index, r.exchange_id, r.outcome, r.code, s.issuer_jwt as jwt from records r join record_sides s using (index) order by index',
  )
  expect(rows.map(({ index }) => Number(index))).toEqual(rows.map((_row, at) => at))
  const byId = new Map(rows.map((row) => [row.exchange_id, row]))
  expect(byId.size).toBe(rows.length)
  for (const { status, headers, json } of answers) {
    if (status === 503) continue
    const row = byId.get(String(headers['x-exchange-id']))
    expect(row).toBeDefined()
    if (status !== 200) {
      expect(row).toMatchObject({ outcome: 'refused', code: json().code })
      continue
    }
    expect(row).toMatchObject({ outcome: 'released', index: headers['x-record-index'] })
    const jwt = String(json().evidence).split('~', 1)[0]!
    expect(createHash('sha256').update(row!.jwt!).digest('hex')).toBe(createHash('sha256').update(jwt).digest('hex'))
  }
}

describe('the log is away', () => {
  it('PostgreSQL stopped mid-run: yes and no alike become record.unavailable, /readyz turns false, all comes back without a restart', async () => {
    expect((await asking(ENROLMENT)).status).toBe(200)
    expect(await ready()).toBe(200)
    process.kill(city.postgres!.pid, 'SIGINT')
    await until(async () => (await ready()) === 503)
    const during = await Promise.all([ENROLMENT, REFUSED, { ...ENROLMENT, limit: 1 } as Ask, ENROLMENT].map(asking))
    during.forEach(assertClosed)
    const alive = await call(city.gateway.dataUrl, { method: 'GET', path: '/healthz' })
    expect(alive.status).toBe(200)
    assertClosed(await call(city.gateway.dataUrl, { method: 'GET', path: '/log/checkpoint' }))
    assertClosed(await call(city.gateway.dataUrl, { method: 'GET', path: '/log/tile/0/000.p/1' }))
    await city.postgres!.restart()
    await until(async () => (await ready()) === 200)
    const after = await asking(ENROLMENT)
    expect(after.status).toBe(200)
    await assertLogFits([...during, after])
  })

  it('PostgreSQL killed under load: every answer a client got is recorded exactly once, indexes have no gap', async () => {
    const clients = load(12)
    await until(async () => clients.answers.length > 120)
    city.postgres!.kill()
    await until(async () => clients.answers.filter(({ status }) => status === 503).length > 24)
    const closedFrom = clients.answers.length
    await sleep(300)
    for (const answered of clients.answers.slice(closedFrom)) assertClosed(answered)
    await city.postgres!.restart()
    const back = clients.answers.length
    await until(async () => clients.answers.slice(back).filter(({ status }) => status === 200).length > 40)
    await clients.stop()
    for (const answered of clients.answers) {
      if (answered.status === 503) assertClosed(answered)
      else expect([200, 403]).toContain(answered.status)
    }
    await assertLogFits(clients.answers)
  })

  it('a token cannot be had while nobody can say whether its assertion was used', async () => {
    city.postgres!.kill()
    await until(async () => (await ready()) === 503)
    const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
    const answered = await tokenFor(city.gateway.dataUrl, 'rc-enrolment', key)
    expect(answered.json()).toMatchObject({ code: 'record.unavailable' })
    await city.postgres!.restart()
    await until(async () => (await ready()) === 200)
    expect((await tokenFor(city.gateway.dataUrl, 'rc-enrolment', key)).status).toBe(200)
  })
})
