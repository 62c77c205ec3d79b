import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { generateJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { initLogKeys } from '../../gateway/adapters/files/log-keys.ts'
import { createApp } from '../../gateway/app.ts'
import { formatVkey } from '../../gateway/log/note-key.ts'
import type { LogService } from '../../gateway/log-service.ts'
import { logRoutes } from '../../gateway/routes/log.ts'
import { listen, type RunningServer } from '../../gateway/server.ts'
import { createLogger } from '../../gateway/telemetry/logger.ts'
import { type LogUnderTest, logUnderTest, published } from '../adapters/postgres/log-support.ts'
import { ORIGIN, sampleKeys } from '../log/sample-log.ts'
import { run } from './run.ts'

let under: LogUnderTest
let service: LogService
let server: RunningServer
let ids: string[]
let dir: string
let vkey: string
beforeAll(async () => {
  dir = mkdtempSync(join(inject('runDir'), 'cli-log-'))
  under = await logUnderTest()
  service = under.service()
  service.start()
  ids = await under.append(10)
  await published(service, 10)
  writeFileSync(join(dir, 'old.checkpoint'), (await service.reader.get('checkpoint'))!)
  ids.push(...(await under.append(300)))
  await published(service, 310)
  vkey = service.signers.vkeys.log
  const app = createApp({
    routes: [
      logRoutes({
        log: service,
        mayReadEntries: async (authorization) => authorization === 'Bearer log-reader',
        authenticate: async () => 'test-system',
      }),
    ],
    logger: createLogger('silent'),
  })
  app.post('/oauth/token', (c) => c.json({ access_token: 'x', expires_in: 300 }))
  server = await listen(app, { host: '127.0.0.1', port: 0 })
  writeFileSync(join(dir, 'token'), 'log-reader\n')
})
afterAll(async () => {
  await server.close(100)
  await under.close()
})

const token = () => ['--token-file', join(dir, 'token')]

describe('log verify', () => {
  it('over HTTP, with a key had from elsewhere and an older checkpoint', async () => {
    const ran = await run([
      'log',
      'verify',
      server.url,
      '--vkey',
      vkey,
      '--since',
      join(dir, 'old.checkpoint'),
      ...token(),
    ])
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('✓ 日志核验通过') })
    expect(ran.out).not.toContain('公钥取自日志本身')
    const { json } = await run(['log', 'verify', `${server.url}/log`, '--vkey', vkey, '--json', ...token()])
    expect(json()).toMatchObject({ ok: true, size: 310, entriesChecked: 310, sm3Size: 310, keyGiven: true })
  })
  it('says so when the key came with the log', async () => {
    const ran = await run(['log', 'verify', server.url, ...token()])
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('公钥取自日志本身') })
  })
  it('without a reader’s token says what is missing', async () => {
    expect(await run(['log', 'verify', server.url, '--vkey', vkey])).toMatchObject({
      code: 1,
      err: expect.stringContaining('--token-file'),
    })
  })
  it('reads the demonstration’s log from its file', async () => {
    const demo = { dataPlane: server.url, logVkey: vkey, logToken: 'log-reader' }
    writeFileSync(join(dir, 'demo.json'), JSON.stringify(demo))
    expect(await run(['log', 'verify', '--demo'], { env: { GUANYI_STATE_DIR: dir } })).toMatchObject({ code: 0 })
    expect(await run(['log', 'verify', '--demo'], { env: { GUANYI_STATE_DIR: join(dir, 'no') } })).toMatchObject({
      code: 3,
    })
  })
  it.each([
    { name: 'no log named', argv: [] },
    { name: 'no such directory', argv: ['/nowhere'] },
    { name: 'a key that is none', argv: ['.', '--vkey', 'x'] },
  ])('$name is a matter of usage', async ({ argv }) => {
    expect((await run(['log', 'verify', ...argv])).code).toBe(2)
  })
})

describe('log export', () => {
  it('gives a directory that verifies offline, and names the bad entry once altered', async () => {
    const to = join(dir, 'exported')
    expect(await run(['log', 'export', server.url, '--to', to, ...token()])).toMatchObject({ code: 0 })
    expect(await run(['log', 'verify', to, '--vkey', vkey])).toMatchObject({ code: 0 })
    const bundle = join(to, 'tile/entries/001.p/54')
    const bytes = readFileSync(bundle)
    bytes[9]! ^= 1
    writeFileSync(bundle, bytes)
    const ran = await run(['log', 'verify', to, '--vkey', vkey, '--json'])
    expect(ran.code).toBe(4)
    expect(ran.json()).toMatchObject({ ok: false, fault: { code: 'entry', index: 256 } })
  })
})

describe('log prove and log check', () => {
  it('fetches a receipt that holds offline, and no longer once altered', async () => {
    const key = join(dir, 'key.jwk.json')
    const receipt = join(dir, 'receipt.tlog-proof')
    writeFileSync(key, JSON.stringify(generateJwk('ES256', 'k')))
    const client = ['--url', server.url, '--gateway-id', ORIGIN, '--system', 'test-system', '--key', key]
    expect(await run(['log', 'prove', ids[7]!, ...client, '--out', receipt])).toMatchObject({ code: 0 })
    const checked = await run(['log', 'check', receipt, '--vkey', vkey, '--json'])
    expect(checked.code).toBe(0)
    expect(checked.json()).toMatchObject({ ok: true, origin: ORIGIN, size: 310, entry: { exchangeId: ids[7] } })
    expect(await run(['log', 'check', receipt, '--vkey', vkey])).toMatchObject({
      out: expect.stringContaining(ids[7]!),
    })

    const text = readFileSync(receipt, 'utf8')
    const other = formatVkey(sampleKeys().log.noteKey)
    expect(await run(['log', 'check', receipt, '--vkey', other])).toMatchObject({ code: 4 })
    expect(
      await run(['log', 'check', '-', '--vkey', vkey], { stdin: text.replace(/^index \d+/m, 'index 8') }),
    ).toMatchObject({
      code: 4,
    })
    expect(await run(['log', 'check', '-', '--vkey', vkey], { stdin: 'x' })).toMatchObject({ code: 4 })
  })
})

describe('log keys', () => {
  it('shows what auditors need, and no private half', async () => {
    const keys = join(dir, 'keys')
    await initLogKeys(keys)
    const { json, out } = await run(['log', 'keys', keys, '--gateway-id', ORIGIN, '--json'])
    expect(json()).toMatchObject({ origin: ORIGIN, log: expect.stringMatching(/^guanyi:371082\+[0-9a-f]{8}\+A/) })
    expect(out).not.toContain(JSON.parse(readFileSync(join(keys, 'log.jwk.json'), 'utf8')).d)
  })
})
