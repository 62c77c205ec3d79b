import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, call, jose, jws, payloadOf } from '../support/wire.ts'

let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

type End = { atMs: number; answered: Answered } | { atMs: number; code: string }

/** Callers over kept-alive and fresh connections alike, until told to stop. */
function load(url: string, callers: number) {
  const ends: End[] = []
  const agents = Array.from({ length: callers / 2 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
  let running = true
  const loops = Array.from({ length: callers }, async (_none, at) => {
    const agent = agents[at]
    while (running) {
      const sent = jose(
        '/v1/query',
        await jws(key, payloadOf('rc-enrolment', 'query', { ...ENROLMENT, maxAgeSeconds: 0 })),
      )
      const atMs = Date.now()
      try {
        ends.push({ atMs, answered: await call(url, { ...sent, ...(agent && { agent }) }) })
      } catch (thrown) {
        const { code, message } = thrown as NodeJS.ErrnoException
        ends.push({ atMs, code: code ?? message })
        await sleep(10)
      }
    }
  })
  return {
    ends,
    async stop() {
      running = false
      await Promise.all(loops)
      for (const agent of agents) agent.destroy()
    },
  }
}

describe('ordered shutdown', () => {
  it('under load: whatever was answered is recorded, nobody gets half an answer, `/readyz` says so first', async () => {
    const gateway = await city.another()
    const clients = load(gateway.dataUrl, 16)
    while (clients.ends.length < 60) await sleep(10)
    const stopped = gateway.stop()
    const readiness = await call(gateway.dataUrl, { method: 'GET', path: '/readyz' })
    expect(readiness.status).toBe(503)
    expect(readiness.json()).toMatchObject({ ready: false, checks: { running: false } })
    const begunAtMs = Date.now()
    await stopped
    const stoppedAtMs = Date.now()
    // Well before the grace would cut it: every answer ended its connection.
    expect(stoppedAtMs - begunAtMs).toBeLessThan(5_000)
    await sleep(100)
    await clients.stop()

    const answers = clients.ends.flatMap((end) => ('answered' in end ? [end.answered] : []))
    const errors = clients.ends.flatMap((end) => ('code' in end ? [end.code] : []))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(errors.length).toBeGreaterThan(0)
    for (const code of errors) expect(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']).toContain(code)
    for (const end of clients.ends) if ('answered' in end) expect(end.atMs).toBeLessThan(stoppedAtMs)
    const rows = await city.sql<{ id: string; n: string }>(
      'select exchange_id as id, count(*) as n from records group by 1',
    )
    const recorded = new Map(rows.map(({ id, n }) => [id, Number(n)]))
    for (const { headers } of answers) expect(recorded.get(String(headers['x-exchange-id']))).toBe(1)
    expect(await city.sql('select index from records group by index having count(*) > 1')).toEqual([])
  })

  it('a call accepted before the end is answered after it has begun', async () => {
    const gateway = await city.another()
    city.providers.services['rc-zrzyj-http'].setMode('slow')
    const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
    const ask = { ...ENROLMENT, maxAgeSeconds: 0 }
    const running = call(gateway.dataUrl, jose('/v1/query', await jws(key, payloadOf('rc-enrolment', 'query', ask))))
    await sleep(300)
    const stopped = gateway.stop()
    const answered = await running
    await stopped
    city.providers.services['rc-zrzyj-http'].setMode('ok')
    // The slow source ran into its time limit; the other one's answer is there.
    expect(answered.json()).toMatchObject({ complete: false, data: { 'household-registration': {} } })
    const rows = await city.sql('select 1 from records where exchange_id = $1', [answered.headers['x-exchange-id']])
    expect(rows).toHaveLength(1)
  })
})
