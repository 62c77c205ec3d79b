import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configSchema, nationalExchange } from '../../connectors/national-exchange/index.ts'
import {
  createSecretSeal,
  SECRET_CIPHERS,
  unwrapSecret,
  wrapSecret,
} from '../../connectors/national-exchange/secret-cipher.ts'
import { signMarks } from '../../connectors/national-exchange/signature.ts'
import { createMemorySharedSecrets } from '../../gateway/adapters/memory/shared-secrets.ts'
import { migrate } from '../../gateway/adapters/postgres/migrate.ts'
import { createPostgresSharedSecrets } from '../../gateway/adapters/postgres/shared-secrets.ts'
import type { ConnectorDeps } from '../../gateway/ports/connector.ts'
import type { SharedSecrets } from '../../gateway/ports/shared-secrets.ts'
import {
  type NationalSimulator,
  REFRESH_SID,
  startNationalSimulator,
} from '../../seeds/providers/national-simulator.ts'
import { caller, connectorConformance, FIELDS, NASTY, type Scene, type SourceRow } from '../conformance/connector.ts'
import { freshDatabase } from '../support/services.ts'
import { foreignService, json } from './foreign-service.ts'

const SID = 's_370800000000_0001'
const RID = '00000000-0000-4000-8000-000000000001'
const START = Date.UTC(2026, 10, 20)
const CONFIG = {
  endpoint: 'national',
  service: SID,
  request: { body: { GMSFHM: '{{input.id}}', czr: '{{caller.officer.id}}' } },
  outcome: {
    path: 'code',
    codes: { '0': 'ok', '1002': 'unreachable', '1004': 'unreachable', '2003': 'unreachable', '9001': 'unreachable' },
  },
}

connectorConformance('national-exchange', async () => {
  let rows: readonly SourceRow[] = []
  let scene: Scene = 'rows'
  let running = 0
  const SCENES: Partial<Record<Scene, (response: ServerResponse) => void>> = {
    slow: () => undefined,
    'server-error': (response) => json(response, { message: '测试王小明 371099198803120026' }, 500),
    garbage: (response) => response.end('<html>371099198803120026 测试'),
    truncated: (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"code":"0","data":[')
      setTimeout(() => response.destroy(), 20)
    },
    'empty-body': (response) => response.end(),
    huge: (response) => response.end(Buffer.alloc(2 * 1024 * 1024, 'x')),
    redirect: (response) => response.writeHead(302, { location: '/httpproxy?id=371099198803120026' }).end(),
  }
  const simulator = await startNationalSimulator({
    now: () => START,
    apps: [{ rid: RID, authCode: 'code', secret: 'hush', secretEndTime: START + 1e9, services: [SID] }],
    services: {
      [SID]: {
        ratePerHour: 1_000,
        answer({ GMSFHM }) {
          const found = rows.filter((row) => row.id === GMSFHM)
          if (scene === 'error-code-in-body') return { code: '9001', message: '测试王小明 371099198803120026' }
          if (scene === 'extra-fields') return { data: found.map((row) => ({ ...row, SECRET: 'x' })) }
          if (scene === 'wrong-type') return { data: [{ amount: 'twelve' }] }
          if (scene === 'too-many-rows') return { data: Array.from({ length: 2_001 }, () => ({ name: '测试' })) }
          return { data: found }
        },
      },
    },
  })
  simulator.intercept = (_request, response) => {
    const act = SCENES[scene]
    if (act === undefined) return false
    running += 1
    response.on('close', () => {
      running -= 1
    })
    act(response)
    return true
  }
  const gone = await foreignService()
  await gone.close()
  return {
    impossible: {},
    async open(next, given = []) {
      scene = next
      rows = given
      const url = next === 'refused' ? gone.url : next === 'outside-network' ? 'http://192.0.2.1' : simulator.url
      return nationalExchange.create(CONFIG, deps({ url, change: { fields: FIELDS } }))
    },
    running: async () => running,
    close: () => simulator.close(),
  }
})

interface Given {
  url: string
  secret?: Record<string, string>
  now?: () => number
  shared?: SharedSecrets
  alarms?: string[]
  change?: Partial<ConnectorDeps>
}
function deps({ url, secret = {}, now = () => START, shared, alarms = [], change = {} }: Given): ConnectorDeps {
  return {
    datasetId: 'd',
    fields: [{ id: 'v', type: 'string' }],
    inputs: ['id'],
    networks: ['127.0.0.0/8'],
    endpoint: { url, secret: { rid: RID, secret: 'hush', ...secret }, connections: 4 },
    timeoutMs: 5_000,
    now,
    newId: () => 'id-1',
    alarm: (word) => void alarms.push(word),
    ...(shared && { sharedSecrets: shared }),
    ...change,
  }
}

describe('the four marks', () => {
  it('are those of DIA-01', () => {
    const path = join(import.meta.dirname, '../vectors/identifier-vectors.json')
    const [vector] = JSON.parse(readFileSync(path, 'utf8')).dialects.vectors
    const { gjgxjhpt_rid, gjgxjhpt_sid, gjgxjhpt_rtime } = vector.headers
    expect(signMarks(gjgxjhpt_rid, gjgxjhpt_sid, Number(gjgxjhpt_rtime), vector.secret)).toEqual({
      ...vector.headers,
      gjgxjhpt_sign: vector.sign,
    })
  })
})

describe('wrapped secrets', () => {
  it.each(SECRET_CIPHERS)('%s goes there and back', (cipher) => {
    expect(unwrapSecret(wrapSecret('密钥-1', 'code', cipher), 'code', cipher)).toBe('密钥-1')
  })
  it('are not opened under another code, nor sealed ones altered', () => {
    expect(() => unwrapSecret(wrapSecret('s', 'code', 'sha1prng'), 'other', 'sha1prng')).toThrow()
    const seal = createSecretSeal('code', 'n')
    const sealed = seal.seal('s')
    expect(seal.open(sealed)).toBe('s')
    expect(sealed.includes('s'.repeat(8))).toBe(false)
    sealed[14] = (sealed[14] ?? 0) ^ 1
    expect(seal.open(sealed)).toBeUndefined()
    expect(createSecretSeal('other', 'n').open(seal.seal('s'))).toBeUndefined()
    expect(createSecretSeal('code', 'm').open(seal.seal('s'))).toBeUndefined()
  })
})

describe('with the simulator', () => {
  const HOUR = 3_600_000
  let nowMs: number
  let simulator: NationalSimulator
  let alarms: string[]
  const now = () => nowMs
  beforeEach(async () => {
    nowMs = START
    alarms = []
    simulator = await startNationalSimulator({
      now,
      secretTtlMs: 2 * HOUR,
      apps: [{ rid: RID, authCode: 'code-7', secret: 'hush', secretEndTime: START + HOUR, services: [SID, 's_x_2'] }],
      services: {
        [SID]: { ratePerHour: 5, answer: ({ GMSFHM }) => ({ data: [{ v: GMSFHM }] }) },
        s_x_2: { ratePerHour: 1_000, answer: ({ GMSFHM }) => ({ data: { v: GMSFHM } }) },
        s_x_3: { ratePerHour: 1_000, answer: () => ({ data: [] }) },
      },
    })
  })
  afterEach(() => simulator.close())

  const RENEWING = { authCode: 'code-7', refreshSid: REFRESH_SID, secretEndTime: String(START + HOUR) }
  const open = (
    shared: SharedSecrets = createMemorySharedSecrets(),
    config: object = {},
    secret: Record<string, string> = RENEWING,
  ) =>
    nationalExchange.create(
      { ...CONFIG, service: 's_x_2', ...config },
      deps({ url: simulator.url, secret, now, shared, alarms }),
    )
  const ask = (connector: ReturnType<typeof open>, id = 'x') =>
    connector
      .fetch({ subjectType: 'person', inputs: { id }, fields: ['v'], caller }, AbortSignal.timeout(3_000))
      .catch((error) => error.code)

  it('asks, and says what to look for on the platform', async () => {
    const answer = await ask(open())
    expect(answer).toMatchObject({ records: [{ v: 'x' }] })
    expect(answer.provenance).toEqual([{ hop: 'national-exchange', exchange: simulator.journal[0]?.requestId }])
  })
  it('sends hostile text as data', async () => {
    for (const text of NASTY) expect((await ask(open(), text)).records).toEqual([{ v: text }])
  })
  it.each<[string, object, Record<string, string>, string]>([
    ['a wrong secret', {}, { secret: 'wrong' }, 'provider.unreachable'],
    ['a service not granted', { service: 's_x_3' }, {}, 'provider.contract'],
    ['a service that is not there', { service: 's_x_9' }, {}, 'provider.contract'],
  ])('%s', async (_name, config, secret, code) => {
    expect(await ask(open(undefined, config, secret))).toBe(code)
  })
  it('is told when the rate is used up', async () => {
    const connector = open(undefined, { service: SID })
    for (let n = 0; n < 5; n += 1) expect(await ask(connector)).toMatchObject({ records: [{ v: 'x' }] })
    expect(await ask(connector)).toBe('provider.unreachable')
  })
  it('is refused when its clock is wrong', async () => {
    const connector = nationalExchange.create(CONFIG, deps({ url: simulator.url, now: () => nowMs + 3 * HOUR }))
    expect(await ask(connector)).toBe('provider.contract')
  })

  it('refreshes before the end, with nobody waiting, and signs with the new one after', async () => {
    const connector = open()
    await ask(connector)
    expect(simulator.refreshes()).toBe(0)
    nowMs += HOUR - 60_000
    expect(await ask(connector)).toMatchObject({ records: [{ v: 'x' }] })
    await expect.poll(() => simulator.refreshes()).toBe(1)
    nowMs += 120_000
    expect(await ask(connector)).toMatchObject({ records: [{ v: 'x' }] })
    expect(simulator.refreshes()).toBe(1)
    expect(alarms).toEqual([])
  })
  it('many datasets and processes over one store: one refresh, sealed, known to all', async () => {
    const database = await freshDatabase()
    await migrate(database.ownerUrl)
    const stores = [1, 2, 3].map(() => createPostgresSharedSecrets({ url: database.url }))
    const connectors = stores.flatMap((store) => [open(store), open(store)])
    nowMs += HOUR - 60_000
    await Promise.all(connectors.map((connector) => ask(connector)))
    await expect.poll(() => simulator.refreshes()).toBe(1)
    nowMs += 35_000
    await Promise.all(connectors.map((connector) => ask(connector)))
    nowMs += 60_000
    const answers = await Promise.all(connectors.map((connector) => ask(connector)))
    expect(answers.every((answer) => answer.records?.length === 1)).toBe(true)
    expect(simulator.refreshes()).toBe(1)
    // A process that starts only now, when the first secret has long ended, takes the stored one.
    expect(await ask(open(stores[0] as SharedSecrets))).toMatchObject({ records: [{ v: 'x' }] })
    const name = `national-exchange ${simulator.url} ${RID}`
    const stored = (await stores[0]?.read(name)) as Buffer
    expect(stored.toString('latin1')).not.toContain('secret')
    expect(createSecretSeal('code-7', name).open(stored)).toContain('endsAtMs')
    await Promise.all(stores.map((store) => store.close()))
    await database.drop()
  })
  it('a failing refresh alarms while the old secret still works, is tried again, and ends in unreachable', async () => {
    const connector = open()
    simulator.failRefresh(true)
    nowMs += HOUR - 300_000
    expect(await ask(connector)).toMatchObject({ records: [{ v: 'x' }] })
    await expect.poll(() => alarms).toEqual(['secret-refresh'])
    expect(await ask(connector)).toMatchObject({ records: [{ v: 'x' }] })
    expect(alarms).toHaveLength(1)
    nowMs += 61_000
    expect(await ask(connector)).toMatchObject({ records: [{ v: 'x' }] })
    await expect.poll(() => alarms).toHaveLength(2)
    simulator.failRefresh(false)
    nowMs += 61_000
    await ask(connector)
    await expect.poll(() => simulator.refreshes()).toBe(1)
    simulator.failRefresh(true)
    nowMs += 3 * HOUR
    expect(await ask(connector)).toBe('provider.unreachable')
  })
  it('goes on with the store away', async () => {
    const away = {
      read: async () => Promise.reject(new Error('away')),
      renew: async () => Promise.reject(new Error('away')),
    }
    const connector = open(away)
    expect(await ask(connector)).toMatchObject({ records: [{ v: 'x' }] })
    nowMs += HOUR - 60_000
    expect(await ask(connector)).toMatchObject({ records: [{ v: 'x' }] })
    await expect.poll(() => alarms).toEqual(['secret-refresh'])
  })
  it.each<[string, Record<string, string>, RegExp]>([
    ['no number for refreshing', { authCode: 'c', secretEndTime: '1' }, /refreshSid/],
    ['no end', { authCode: 'c', refreshSid: REFRESH_SID }, /secretEndTime/],
  ])('refuses at load: %s', (_name, secret, want) => {
    expect(() => open(undefined, {}, secret)).toThrow(want)
  })
  it('its secrets are not for templates', () => {
    expect(() => open(undefined, { request: { body: { s: '{{secret.secret}}' } } })).toThrow(/unknown/)
  })
  it('the schema wants a service number and takes no other signing', () => {
    const valid = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(configSchema)
    expect(valid(CONFIG), JSON.stringify(valid.errors)).toBe(true)
    expect(valid({ ...CONFIG, service: '1' })).toBe(false)
    expect(valid({ ...CONFIG, signing: { kind: 'none' } })).toBe(false)
  })
})
