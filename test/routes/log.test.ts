import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../gateway/app.ts'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import { httpReader, LogRefused } from '../../gateway/log/http-reader.ts'
import { parseProof, verifyProof } from '../../gateway/log/tlog-proof.ts'
import { verifyLog } from '../../gateway/log/verify-log.ts'
import type { LogService } from '../../gateway/log-service.ts'
import { logRoutes } from '../../gateway/routes/log.ts'
import { listen, type RunningServer } from '../../gateway/server.ts'
import { createLogger } from '../../gateway/telemetry/logger.ts'
import { type LogUnderTest, logUnderTest, published } from '../adapters/postgres/log-support.ts'
import { draft } from '../conformance/exchange-log.ts'
import { crypto } from '../log/sample-log.ts'

let under: LogUnderTest
let service: LogService
let server: RunningServer
let ids: string[]
beforeAll(async () => {
  under = await logUnderTest()
  service = under.service()
  service.start()
  ids = [...(await under.append(300)), ...(await under.append(5))]
  await published(service, 305)
  const routes = logRoutes({
    log: service,
    mayReadEntries: async (authorization) => authorization === 'Bearer log-reader',
    async authenticate(authorization) {
      if (authorization === undefined) throw new ExchangeError('request.unsigned', 'no token')
      return authorization.slice('Bearer '.length)
    },
  })
  server = await listen(createApp({ routes: [routes], logger: createLogger('silent') }), { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server.close(100)
  await under.close()
})

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.url}${path}`, { headers })

describe('log routes', () => {
  it.each([
    { path: '/log/checkpoint', type: 'text/plain; charset=utf-8', cache: 'no-store' },
    { path: '/log/sm3-head', type: 'text/plain; charset=utf-8', cache: 'no-store' },
    { path: '/log/lowest-kept', type: 'text/plain; charset=utf-8', cache: 'no-store' },
    { path: '/log/tile/0/000', type: 'application/octet-stream', cache: 'public, max-age=31536000, immutable' },
    { path: '/log/tile/0/001.p/49', type: 'application/octet-stream', cache: 'public, max-age=31536000, immutable' },
    { path: '/log/tile/1/000.p/1', type: 'application/octet-stream', cache: 'public, max-age=31536000, immutable' },
    { path: '/log/tile/sm3/000', type: 'application/octet-stream', cache: 'public, max-age=31536000, immutable' },
  ])('$path is for anyone', async ({ path, type, cache }) => {
    const response = await get(path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('cache-control')).toBe(cache)
  })

  it('entries are for readers of the log, privately, and smaller on the wire', async () => {
    for (const headers of [{}, { authorization: 'Bearer test-system' }]) {
      const refused = await get('/log/tile/entries/000', headers as Record<string, string>)
      expect(refused.status).toBe(403)
      expect(await refused.json()).toMatchObject({ code: 'access.denied' })
    }
    const response = await get('/log/tile/entries/000', { authorization: 'Bearer log-reader' })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    expect(response.headers.get('content-encoding')).toBe('gzip')
    const plain = await get('/log/tile/entries/000', {
      authorization: 'Bearer log-reader',
      'accept-encoding': 'identity',
    })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(Buffer.from(await plain.arrayBuffer())).toEqual(Buffer.from(await response.arrayBuffer()))
  })

  it.each(['/log/tile/0/002', '/log/tile/0/001.p/50', '/log/tile/0/1', '/log/tile/entries/x/000', '/log/tile/9/000'])(
    '%s is not there',
    async (path) => {
      const response = await get(path, { authorization: 'Bearer log-reader' })
      expect(response.status).toBe(404)
      expect(response.headers.get('cache-control')).toBe('no-store')
    },
  )

  it('lists older checkpoints from a size on', async () => {
    const all = (await (await get('/log/checkpoints')).json()) as {
      checkpoints: { size: number }[]
      next: number | null
    }
    expect(all.checkpoints[0]?.size).toBe(0)
    expect(all.checkpoints.at(-1)?.size).toBe(305)
    const last = await (await get('/log/checkpoints?from=301')).json()
    expect(last).toMatchObject({ next: null })
    expect((await get('/log/checkpoints?from=-1')).status).toBe(400)
  })

  it('can be verified over HTTP alone, by its readers', async () => {
    const options = { crypto, logKey: service.signers.logKey, sm3Key: service.signers.sm3Key }
    const reader = httpReader({ url: `${server.url}/log`, token: 'log-reader' })
    expect(await verifyLog({ reader, ...options })).toMatchObject({
      ok: true,
      size: 305,
      entriesChecked: 305,
      sm3Size: 305,
    })
    await expect(verifyLog({ reader: httpReader({ url: `${server.url}/log` }), ...options })).rejects.toBeInstanceOf(
      LogRefused,
    )
  })
})

describe('GET /v1/exchanges/{id}/proof', () => {
  const proof = (id: string, system = 'test-system') =>
    get(`/v1/exchanges/${id}/proof`, { authorization: `Bearer ${system}` })

  it('gives the caller a receipt that holds', async () => {
    const response = await proof(ids[302]!)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    const receipt = parseProof(await response.text())
    const entry = Buffer.from(JSON.parse(receipt.extra!.toString()).entry, 'base64')
    expect(JSON.parse(entry.toString())).toMatchObject({ exchangeId: ids[302] })
    expect((await verifyProof(crypto, receipt, entry, [service.signers.logKey])).size).toBe(305)
  })

  it('waits for the checkpoint that is about to come', async () => {
    const mine = draft()
    await under.records.append(mine)
    expect((await proof(mine.exchangeId)).status).toBe(200)
  })

  it.each([
    { name: 'another system’s exchange', of: () => proof(ids[0]!, 'other-system'), want: 404 },
    { name: 'an exchange that never was', of: () => proof(randomUUID()), want: 404 },
    { name: 'a caller without token', of: () => get(`/v1/exchanges/${ids[0]}/proof`), want: 401 },
  ])('refuses $name', async ({ of, want }) => expect((await of()).status).toBe(want))
})
