import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { importVerificationJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { parseCompactJws, verifyCompactJws } from '../../gateway/jose/compact-jws.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { call } from '../support/wire.ts'
import { BATCH_MEMBERS, bulk, goodLine, ndjson, sha256 } from './bulk.ts'

/** Hundreds of lines each: on a busy machine that takes a while. */
vi.setConfig({ testTimeout: 90_000 })

/** A department's own receiver of notices: refuses the first, takes the next. */
const notices: string[] = []
let refusals = 0
const receiver = createServer((received, response) => {
  let body = ''
  received.on('data', (chunk) => {
    body += chunk
  })
  received.on('end', () => {
    if (refusals++ === 0) return void response.writeHead(503).end()
    notices.push(body)
    response.end()
  })
})

let city: Seeded
let memberFile: string
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const catalogDir = mkdtempSync(join(inject('runDir'), 'catalog-'))
  cpSync('catalogs', catalogDir, { recursive: true })
  memberFile = join(catalogDir, 'members', 'rc-jyj.json')
  registerSystem({ webhooks: [`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/notices`] })
  city = await seededGateway({ env: { GUANYI_CATALOG_DIR: catalogDir } })
})
afterAll(async () => {
  await city?.stop()
  receiver.close()
})

/** Gateways started from now on know the system like this. */
function registerSystem(changes: object): void {
  const member = JSON.parse(readFileSync(memberFile, 'utf8'))
  Object.assign(member.systems[0], changes)
  writeFileSync(memberFile, JSON.stringify(member, null, 2))
}

const manyLines = (count: number) => Array.from({ length: count }, (_none, at) => goodLine(at + 1))

describe('creation', () => {
  const digest = sha256('')
  it('is decided at once: no grant for mode batch is a refusal, recorded with what was asked', async () => {
    const refused = await bulk(city).create({
      ...BATCH_MEMBERS,
      purpose: '学区房评估',
      count: 1,
      subjectsSha256: digest,
    })
    expect(refused.json()).toMatchObject({ status: 403, code: 'access.denied' })
    const [record] = await city.sql(
      `select outcome, code, scenario, purpose, fields from records where exchange_id = '${refused.headers['x-exchange-id']}'`,
    )
    expect(record).toEqual({
      outcome: 'refused',
      code: 'access.denied',
      scenario: 'P2.1',
      purpose: '学区房评估',
      fields: BATCH_MEMBERS.fields,
    })
  })
  it.each([
    [{ count: 100_001 }, 'maximum'],
    [{ subject: goodLine(1).subject }, 'additionalProperties'],
    [{ subjectsSha256: 'short' }, 'pattern'],
  ])('refuses %o', async (spoilt, rule) => {
    const refused = await bulk(city).create({ ...BATCH_MEMBERS, count: 1, subjectsSha256: digest, ...spoilt })
    expect(refused.json()).toMatchObject({ status: 400, reasons: [{ rule }] })
  })
})

describe('only the system that made it', () => {
  it('sees it; to any other it never was, whatever the method', async () => {
    const id = await bulk(city).begin(manyLines(3))
    const other = bulk(city, 'rc-approval')
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PUT', '/subjects'],
      ['GET', '/events'],
      ['GET', '/results'],
      ['POST', '/results/ack'],
    ] as const) {
      const answered = await other.send(
        method,
        `/${id}${path}`,
        method === 'GET' || method === 'DELETE' ? {} : { body: '{}' },
      )
      expect([path, answered.json().code]).toEqual([path, 'request.unknown-resource'])
    }
    expect((await call(city.gateway.dataUrl, { method: 'GET', path: `/v1/batches/${id}` })).status).toBe(401)
    expect((await bulk(city).finished(id)).released).toBe(3)
  })
})

describe('what was asked while a system was in order', () => {
  it.each([
    ['is suspended', { status: 'suspended' }, 'identity.suspended'],
    ['calls from elsewhere', { networks: ['10.0.0.0/8'] }, 'access.denied'],
  ])('is not handed out once it %s, though its token still runs', async (_what, changes, code) => {
    const system = bulk(city)
    const id = await system.begin(manyLines(2))
    await system.finished(id)
    const before = JSON.parse(readFileSync(memberFile, 'utf8')).systems[0]
    registerSystem(changes)
    const later = await city.another()
    registerSystem({ status: before.status, networks: before.networks })
    const headers = { authorization: `Bearer ${await system.bearer(city.gateway.dataUrl)}` }
    for (const [method, path] of [
      ['GET', '/results'],
      ['GET', '/events'],
      ['GET', ''],
      ['PUT', '/subjects'],
      ['POST', '/results/ack'],
      ['DELETE', ''],
    ] as const) {
      const answered = await call(later.dataUrl, { method, path: `/v1/batches/${id}${path}`, headers })
      expect([path, answered.status, answered.json().code]).toEqual([path, 403, code])
    }
    await later.stop()
  })
})

describe('cancellation', () => {
  it('leaves the lines not begun alone, and can be said twice', async () => {
    city.providers.services['rc-gaj-http'].setMode('slow')
    const system = bulk(city)
    const id = await system.begin(manyLines(1_000), { maxAgeSeconds: 0 })
    await sleep(200)
    const cancelled = await system.send('DELETE', `/${id}`)
    expect(cancelled.json().state).toMatch(/^cancel/)
    city.providers.services['rc-gaj-http'].setMode('ok')
    expect((await system.send('DELETE', `/${id}`)).status).toBe(200)
    const view = await system.finished(id)
    expect(view.state).toBe('cancelled')
    expect(view.done).toBeLessThan(500)
    const { rows } = await system.results(id)
    expect(rows.length).toBe(view.done)
    expect(await city.sql('select count(*)::int as n from batch_lines where sealed_line is not null')).toEqual([
      { n: 0 },
    ])
    await sleep(300)
    expect((await system.send('GET', `/${id}`)).json().done).toBe(view.done)
  })
})

describe('progress as events', () => {
  it('goes on where the reader was, and ends with `finished`', async () => {
    const system = bulk(city)
    const id = await system.begin(manyLines(600))
    const all = await events(
      `${city.gateway.dataUrl}/v1/batches/${id}/events`,
      await system.bearer(city.gateway.dataUrl),
    )
    expect(all.headers).toMatchObject({ 'x-accel-buffering': 'no', 'content-type': 'text/event-stream; charset=utf-8' })
    const ids = [...all.text.matchAll(/^id: (\d+)$/gm)].map(([, seen]) => Number(seen))
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    expect(new Set(ids).size).toBe(ids.length)
    expect(all.text).toMatch(/event: finished\ndata: .*"state":"completed".*"done":600/)
    const resumed = await events(
      `${city.gateway.dataUrl}/v1/batches/${id}/events`,
      await system.bearer(city.gateway.dataUrl),
      String(ids.at(-1)! - 1),
    )
    expect([...resumed.text.matchAll(/^id: (\d+)$/gm)].map(([, seen]) => Number(seen))).toEqual([ids.at(-1)])
    const nothingNew = await events(
      `${city.gateway.dataUrl}/v1/batches/${id}/events`,
      await system.bearer(city.gateway.dataUrl),
      String(ids.at(-1)),
    )
    expect(nothingNew.text).not.toContain('id:')
  })
})

describe('notice of completion', () => {
  it('is signed, goes to the registered address only, and is tried again', async () => {
    const before = notices.length
    const id = await bulk(city).begin(manyLines(2))
    await bulk(city).finished(id)
    for (let tries = 0; tries < 200 && !notices.slice(before).some((each) => about(each) === id); tries++)
      await sleep(100)
    const jws = parseCompactJws(Buffer.from(notices.find((each) => about(each) === id)!))
    expect(jws.header.typ).toBe('batch-notice+jws')
    const jwks = (await call(city.gateway.dataUrl, { method: 'GET', path: '/.well-known/jwks.json' })).json()
    const key = (jwks.keys as Record<string, unknown>[])
      .map(importVerificationJwk)
      .find(({ kid }) => kid === jws.header.kid)!
    expect(await verifyCompactJws(createSoftwareCrypto(), jws, key)).toBe(true)
    const deliveries = await city.sql<{ state: string; attempts: number }>(
      'select state, attempts from batch_deliveries',
    )
    expect(Math.max(...deliveries.map(({ attempts }) => attempts))).toBeGreaterThan(1)
  })
})

const about = (compact: string): string =>
  JSON.parse(Buffer.from(compact.split('.')[1]!, 'base64url').toString()).batch.id

function events(url: string, token: string, lastEventId?: string) {
  return new Promise<{ headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const sent = httpRequest(url, {
      headers: { authorization: `Bearer ${token}`, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
    })
    sent.on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ headers: response.headers, text }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('a digest signed for other subjects', () => {
  it('may be mended: the batch waits for the right ones, and takes them once', async () => {
    const system = bulk(city)
    const lines = manyLines(5)
    const created = await system.create({ ...BATCH_MEMBERS, count: 5, subjectsSha256: sha256(ndjson(lines)) })
    const id = String(created.json().id)
    expect((await system.send('PUT', `/${id}/subjects`, { body: ndjson(lines.slice(1)) })).status).toBe(400)
    const both = await Promise.all([1, 2].map(() => system.send('PUT', `/${id}/subjects`, { body: ndjson(lines) })))
    // At the same moment one may take the other's place; it is then told so.
    expect(both.map(({ status }) => status)).toContain(200)
    for (const { status, json } of both.filter((answered) => answered.status !== 200))
      expect([status, json()]).toMatchObject([409, { reasons: [{ rule: 'upload-overtaken' }] }])
    expect(await system.finished(id)).toMatchObject({ released: 5 })
    expect((await system.send('PUT', `/${id}/subjects`, { body: ndjson(lines) })).status).toBe(200)
    expect((await system.results(id)).rows.length).toBe(5)
  })
})
