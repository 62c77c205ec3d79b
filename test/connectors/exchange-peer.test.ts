import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { configSchema } from '../../connectors/exchange-peer/config.ts'
import { exchangePeer } from '../../connectors/exchange-peer/index.ts'
import { generateJwk } from '../../gateway/adapters/crypto/jwk.ts'
import type { CallerBlock, ConnectorDeps, Lookup } from '../../gateway/ports/connector.ts'
import { assertNoLoop } from '../../gateway/requests/loops.ts'
import { caller, connectorConformance, FIELDS, NASTY, type Scene, type SourceRow } from '../conformance/connector.ts'
import { foreignService, json } from './foreign-service.ts'
import { HOP, type PeerGateway, peerGateway, SYSTEM } from './peer-gateway.ts'

const OWN = 'guanyi:371082'
const CONFIG = {
  endpoint: 'city',
  gatewayId: HOP,
  system: SYSTEM,
  dataset: 'people',
  subject: { idType: 'resident-id', input: 'id' },
}
const deps = (url: string, secret: Record<string, string>, change: Partial<ConnectorDeps> = {}): ConnectorDeps => ({
  datasetId: 'd',
  fields: FIELDS,
  inputs: ['id', 'unit', 'name'],
  networks: ['127.0.0.0/8'],
  endpoint: { url, secret, connections: 4 },
  timeoutMs: 5_000,
  now: () => Date.UTC(2026, 10, 20),
  newId: () => 'id-1',
  gatewayId: OWN,
  ...change,
})

connectorConformance('exchange-peer', async () => {
  let rows: readonly SourceRow[] = []
  let scene: Scene = 'rows'
  const peer = await peerGateway()
  const SCENES: Partial<Record<Scene, (response: ServerResponse) => void>> = {
    slow: () => undefined,
    'server-error': (response) => json(response, { detail: '测试王小明 371099198803120026' }, 500),
    garbage: (response) => response.end('<html>371099198803120026 测试'),
    truncated: (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"exchangeId":"')
      setTimeout(() => response.destroy(), 20)
    },
    'empty-body': (response) => response.end(),
    huge: (response) => response.end(Buffer.alloc(5 * 1024 * 1024, 'x')),
    redirect: (response) => response.writeHead(307, { location: '/v1/query?id=371099198803120026' }).end(),
    'error-code-in-body': (response) => json(response, { code: 'provider.unreachable', detail: '测试王小明' }, 502),
  }
  peer.intercept = ({ url }, response) => {
    const act = url === '/v1/query' ? SCENES[scene] : undefined
    act?.(response)
    return act !== undefined
  }
  peer.answer = ({ subject, fields }) => {
    const wanted = (fields as string[]).map((name) => name.split('.')[1] ?? '')
    const found = rows.filter((row) => row.id === (subject as { id: string }).id)
    const pick = (row: object) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => wanted.includes(name))) as Record<string, string>
    if (scene === 'extra-fields') return { data: { people: found.map((row) => ({ ...pick(row), secretNote: 'x' })) } }
    if (scene === 'wrong-type') return { data: { people: [{ amount: 'twelve' }] } }
    if (scene === 'too-many-rows') return { data: { people: Array.from({ length: 2_001 }, () => ({ name: '测试' })) } }
    if (found.length === 0) return { source: { status: 'not-found' } }
    return { data: { people: found.map(pick) } }
  }
  const gone = await foreignService()
  await gone.close()
  return {
    impossible: {},
    async open(next, given = []) {
      scene = next
      rows = given
      const url = next === 'refused' ? gone.url : next === 'outside-network' ? 'http://192.0.2.1' : peer.service.url
      return exchangePeer.create(CONFIG, deps(url, { key: peer.key }))
    },
    running: async () => peer.service.running(),
    close: () => peer.service.close(),
  }
})

describe('exchange-peer', () => {
  let peer: PeerGateway
  beforeAll(async () => {
    peer = await peerGateway()
  })
  afterAll(() => peer.service.close())
  beforeEach(() => {
    peer.asked.length = 0
    peer.intercept = () => false
    peer.answer = () => ({ data: { people: [{ name: '测试张三' }] } })
  })
  const valid = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(configSchema)
  const open = (
    config: object = {},
    secret: Record<string, string> = { key: peer.key },
    change: Partial<ConnectorDeps> = {},
  ) => {
    const whole = { ...CONFIG, ...config }
    expect(valid(whole), JSON.stringify(valid.errors)).toBe(true)
    return exchangePeer.create(whole, deps(peer.service.url, secret, change))
  }
  interface Ask {
    config?: object
    secret?: Record<string, string>
    inputs?: Record<string, string>
    who?: CallerBlock
  }
  const ask = async ({ config, secret, inputs = { id: 'x' }, who = caller }: Ask = {}) => {
    const lookup: Lookup = { subjectType: 'person', inputs, fields: ['name'], caller: who }
    const connector = open(config, secret)
    try {
      return await connector.fetch(lookup, AbortSignal.timeout(3_000))
    } finally {
      await connector.close()
    }
  }
  const failure = (asked: Promise<unknown>) =>
    asked.then(
      () => 'answered',
      (error) => `${error.code}: ${error.message}`,
    )

  it('asks for the department and officer who really ask, and says which way the question came', async () => {
    await ask({ who: { ...caller, via: ['guanyi:371000001'], case: 'case-1' } })
    expect(peer.asked[0]).toMatchObject({
      iss: SYSTEM,
      aud: HOP,
      op: 'query',
      scenario: 'P2.1',
      item: 'rongcheng-p-008',
      case: 'case-1',
      purpose: '义务教育入学资格核验',
      operator: { id: 'jyj-0231', name: '测试李四', unit: '测试教育局 义务教育科', assurance: 'asserted' },
      subject: { type: 'person', idType: 'resident-id', id: 'x' },
      fields: ['people.name'],
      maxAgeSeconds: 0,
      via: ['guanyi:371000001', OWN],
    })
  })
  it('uses the words of the peer’s catalogue where the config says so', async () => {
    const config = {
      scenario: 'E1.1',
      item: 'weihai-7',
      purpose: '核验',
      onBehalfOf: 'organisation',
      caseAs: 'application',
      subject: { type: 'property', idType: 'real-estate-unit', input: 'unit', nameInput: 'name' },
      keys: { 'people.unitNo': 'unit' },
      fieldMap: { xm: 'name' },
    }
    peer.answer = () => ({ data: { people: { xm: '测试张三' } } })
    const inputs = { unit: 'u1', name: '测试' }
    const { records } = await ask({ config, inputs, who: { ...caller, case: 'a-1', officer: null } })
    expect(records).toEqual([{ name: '测试张三' }])
    expect(peer.asked[0]).toMatchObject({
      scenario: 'E1.1',
      item: 'weihai-7',
      purpose: '核验',
      onBehalfOf: 'rc-jyj',
      application: 'a-1',
      subject: { type: 'property', idType: 'real-estate-unit', id: 'u1', name: '测试' },
      keys: { 'people.unitNo': 'u1' },
      fields: ['people.xm'],
    })
    expect(peer.asked[0]).not.toHaveProperty('operator')
  })
  it('keeps the hop’s evidence as a reference, and the steps it names after it', async () => {
    let evidence = ''
    const national = { hop: 'national-exchange', exchange: 'r-1' }
    peer.answer = () => ({
      data: { people: [{ name: '测试张三' }] },
      source: { provenance: [national] },
      body: (body) => {
        evidence = body.evidence as string
        return body
      },
    })
    const answer = await ask()
    const [issuerJwt = ''] = evidence.split('~')
    expect(answer.provenance).toEqual([
      {
        hop: HOP,
        exchange: expect.stringMatching(/^[0-9a-f-]{36}$/),
        evidenceHash: createHash('sha256').update(issuerJwt).digest('base64url'),
        kid: 'city-1',
        system: SYSTEM,
        evidence: issuerJwt,
      },
      national,
    ])
    expect(answer.asOfMs).toBe(Date.UTC(2026, 10, 19, 16))
  })
  it.each<[string, Ask['secret'] | undefined, Partial<ReturnType<PeerGateway['answer']>>]>([
    ['signed by another gateway’s id', undefined, { claims: () => ({ iss: 'guanyi:000000' }) }],
    ['for another system', undefined, { claims: () => ({ aud: 'someone-else' }) }],
    ['about another question', undefined, { claims: () => ({ requestHash: 'x' }) }],
    ['of another exchange', undefined, { claims: () => ({ jti: 'x' }) }],
    ['that holds other values', undefined, { claims: () => ({ data: { people: [{ name: '测试李四' }] } }) }],
    ['that is not there', undefined, { body: ({ evidence: _evidence, ...rest }) => rest }],
    ['altered on the way', undefined, { body: (body) => ({ ...body, evidence: `x${body.evidence}` }) }],
    ['with steps that are none', undefined, { source: { provenance: [{ hop: 'a b', exchange: 1 }] } }],
    [
      'that does not mention the dataset',
      undefined,
      { claims: () => ({ sources: {} }), body: (body) => ({ ...body, sources: {} }) },
    ],
  ])('evidence %s breaks the contract', async (_name, secret, answer) => {
    peer.answer = () => ({ data: { people: [{ name: '测试张三' }] }, ...answer })
    expect(await failure(ask({ ...(secret && { secret }) }))).toMatch(/^provider\.contract: /)
  })
  it('believes pinned keys only, where the installation pins them', async () => {
    expect((await ask({ secret: { key: peer.key, jwks: peer.jwks } })).records).toHaveLength(1)
    const { d: _private, ...other } = generateJwk('ES256', 'city-1')
    const pinned = { key: peer.key, jwks: JSON.stringify({ keys: [other] }) }
    expect(await failure(ask({ secret: pinned }))).toMatch(/^provider\.contract: hop guanyi:371000/)
  })
  it.each([
    ['not-found', { records: [] }],
    ['not-covered', { records: [], notCovered: true }],
  ])('source status %s', async (status, want) => {
    peer.answer = () => ({ source: { status, asOf: null } })
    expect(await ask()).toMatchObject(want)
  })
  it('a source that gave the hop nothing is unreachable, naming the hop', async () => {
    peer.answer = () => ({ source: { status: 'unavailable' } })
    expect(await failure(ask())).toBe(`provider.unreachable: hop ${HOP}: its source is unavailable`)
  })
  it.each([
    [502, 'provider.unreachable', 'provider.unreachable'],
    [504, 'provider.timeout', 'provider.timeout'],
    [502, 'provider.contract', 'provider.contract'],
    [401, 'request.signature', 'provider.unreachable'],
    [403, 'identity.suspended', 'provider.unreachable'],
    [429, 'quota.exceeded', 'provider.unreachable'],
    [503, 'record.unavailable', 'provider.unreachable'],
    [403, 'access.denied', 'provider.contract'],
    [403, 'grant.expired', 'provider.contract'],
    [422, 'field.unknown', 'provider.contract'],
  ])('%d %s at the hop is %s here, naming both', async (status, code, want) => {
    peer.intercept = ({ url }, response) => {
      if (url !== '/v1/query') return false
      json(response, { code, detail: '测试王小明' }, status)
      return true
    }
    expect(await failure(ask())).toBe(`${want}: hop ${HOP}: ${code}`)
  })
  it('a hop that is down fails at once with its name; nothing remembered is served', async () => {
    expect((await ask()).records).toHaveLength(1)
    peer.intercept = (_request, response) => {
      response.destroy()
      return true
    }
    const startedAt = performance.now()
    expect(await failure(ask())).toMatch(new RegExp(`^provider.unreachable: hop ${HOP}: `))
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(open().live).toBe(true)
  })
  it('a question that has been here, or at the hop, is not sent on; the hop refuses one that has been there', async () => {
    for (const via of [[OWN], [HOP]]) {
      expect(await failure(ask({ who: { ...caller, via } }))).toMatch('has been there before')
    }
    expect(peer.asked).toEqual([])
    expect(() => assertNoLoop({ via: [OWN, HOP] }, HOP)).toThrow('has been here before')
    expect(() => assertNoLoop({ via: [OWN] }, HOP)).not.toThrow()
    expect(() => assertNoLoop({}, HOP)).not.toThrow()
  })
  it('keeps hostile text as data, in subject and keys', async () => {
    peer.answer = () => ({ source: { status: 'not-found' } })
    for (const text of NASTY) {
      await ask({ config: { keys: { 'people.unitNo': 'unit' } }, inputs: { id: text, unit: text } })
      expect(peer.asked.at(-1)).toMatchObject({ subject: { id: text }, keys: { 'people.unitNo': text } })
    }
  })
  it.each<[string, object, Record<string, string>, Partial<ConnectorDeps>, RegExp]>([
    ['itself as its peer', { gatewayId: OWN }, {}, {}, /itself/],
    ['no key', {}, { key: '' }, {}, /`key`/],
    ['keys to pin that are none', {}, { jwks: '{}' }, {}, /`keys`/],
    ['an input that is not there', { subject: { idType: 'x', input: 'nobody' } }, {}, {}, /nobody/],
  ])('refuses at load: %s', (_name, config, secret, change, want) => {
    expect(() => open(config, { key: peer.key, ...secret }, change)).toThrow(want)
  })
})
