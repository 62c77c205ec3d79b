import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { generateJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { migrate } from '../../gateway/adapters/postgres/migrate.ts'
import { prepareInstallation } from '../../seeds/installation/installation.ts'
import { chinaToday } from '../../seeds/population/dates.ts'
import { generatePopulation } from '../../seeds/population/index.ts'
import { type Providers, startProviders } from '../../seeds/providers/index.ts'
import { type FreshDatabase, type FreshRedis, freshDatabase, freshRedis } from '../support/services.ts'
import { run } from './run.ts'

/** The program as a process of its own: signals, pipes and exit codes as a shell sees them. */
function start(argv: string[], env: Record<string, string> = {}): ChildProcess {
  const { PATH, HOME } = process.env
  return spawn(process.execPath, ['--import', 'tsx', 'gateway/cli/main.ts', ...argv], {
    env: { PATH, HOME, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

async function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const text = { out: '', err: '' }
  child.stdout!.on('data', (chunk) => (text.out += chunk))
  child.stderr!.on('data', (chunk) => (text.err += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...text }
}

const sees = (child: ChildProcess, stream: 'stdout' | 'stderr', text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let all = ''
    child[stream]!.on('data', (chunk) => {
      all += chunk
      if (all.includes(text)) resolve()
    })
    child.once('close', () => reject(new Error(`ended before it said ${text}: ${all}`)))
  })

describe('the program', () => {
  it('begins with a shebang', () => {
    expect(readFileSync('gateway/cli/main.ts', 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true)
  })
  it('ends with the command’s code', async () => {
    expect(await ended(start(['--version']))).toEqual({ code: 0, out: '0.1.0\n', err: '' })
    expect(await ended(start(['nonsense']))).toMatchObject({ code: 2, out: '' })
  })
  it('at Ctrl-C ends with 130, having said so', async () => {
    const silent = createServer()
    const asked = once(silent, 'request')
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const key = join(mkdtempSync(join(inject('runDir'), 'cli-main-')), 'key.json')
    writeFileSync(key, JSON.stringify(generateJwk('ES256', 'k1')))
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const child = start(['query', '-', '--url', url, '--gateway-id', 'g:1', '--system', 's', '--key', key])
    const end = ended(child)
    child.stdin!.end('{}')
    await asked
    child.kill('SIGINT')
    expect(await end).toMatchObject({ code: 130, out: '', err: '已中断\n' })
    silent.closeAllConnections()
    silent.close()
  })
  it('does not mind a reader who has seen enough', async () => {
    const child = start(['catalog', 'show', 'items'])
    child.stdout!.destroy()
    const [code] = (await once(child, 'close')) as [number]
    expect(code).toBe(0)
  })
  it('serve names every fault of the configuration and ends with 3', async () => {
    const { code, err } = await ended(start(['serve'], { GUANYI_SURPRISE: '1' }))
    expect(code).toBe(3)
    for (const name of ['GUANYI_GATEWAY_ID', 'DATABASE_URL', 'GUANYI_KEYS_DIR', 'GUANYI_SURPRISE'])
      expect(err).toContain(name)
  })
})

describe('serve and work', () => {
  let database: FreshDatabase
  let redis: FreshRedis
  let providers: Providers
  beforeAll(async () => {
    ;[database, redis] = await Promise.all([freshDatabase(), freshRedis()])
    const population = generatePopulation({ seed: 'cli', today: chinaToday(Date.now()), people: 60, organisations: 10 })
    providers = await startProviders({ population, databaseUrl: database.ownerUrl })
  })
  afterAll(async () => {
    await providers?.destroy()
    await redis?.close()
    await database?.drop()
  })
  it('serve answers, takes a rotated key up without restart, and stops in order', async () => {
    const stateDir = mkdtempSync(join(inject('runDir'), 'cli-serve-'))
    const { env } = await prepareInstallation({
      stateDir,
      ownerUrl: database.ownerUrl,
      redisUrl: redis.url,
      endpoints: providers.endpoints,
      nowMs: Date.now(),
    })
    const child = start(['serve'], env)
    const end = ended(child)
    const { dataPlane } = await listening(child, end)
    const jwks = async () =>
      ((await (await fetch(`${dataPlane}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }).keys
    expect(await jwks()).toHaveLength(1)
    const prepared = (await run(['keys', 'prepare', '--json'], { env })).json()
    await expect.poll(async () => (await jwks()).map(({ kid }) => kid), { timeout: 3_000 }).toContain(prepared.kid)
    child.kill('SIGTERM')
    expect((await end).code).toBe(0)
  })
  it('serve names every source that is not configured rightly and ends with 3', async () => {
    const stateDir = mkdtempSync(join(inject('runDir'), 'cli-serve-'))
    const { env } = await prepareInstallation({
      stateDir,
      ownerUrl: database.ownerUrl,
      redisUrl: redis.url,
      endpoints: {},
      nowMs: Date.now(),
    })
    const { code, err } = await ended(start(['serve'], env))
    expect(code).toBe(3)
    for (const dataset of ['real-estate', 'social-insurance']) expect(err).toContain(`${dataset}/connector: endpoint`)
    const keyless = await ended(start(['serve'], { ...env, GUANYI_KEYS_DIR: join(stateDir, 'none') }))
    expect(keyless).toMatchObject({ code: 3, err: expect.stringContaining('guanyi keys init') })
  })
  it('work runs until told to stop', async () => {
    await migrate(database.ownerUrl, { serviceRole: `cli_main_${process.pid}` })
    const child = start(['work'], { REDIS_URL: redis.url, DATABASE_OWNER_URL: database.ownerUrl })
    const end = ended(child)
    await sees(child, 'stderr', '维护作业已启动')
    child.kill('SIGTERM')
    expect(await end).toMatchObject({ code: 0, err: expect.stringContaining('正在停止') })
  })
})

/** The log line of the gateway that names its addresses. */
async function listening(child: ChildProcess, end: Promise<{ err: string }>): Promise<{ dataPlane: string }> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const said = JSON.parse(line) as { msg?: string; dataPlane: string }
    if (said.msg === 'listening') return said
  }
  throw new Error(`ended before it listened: ${(await end).err}`)
}
