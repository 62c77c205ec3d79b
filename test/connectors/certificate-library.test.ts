import type { ServerResponse } from 'node:http'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configSchema } from '../../connectors/certificate-library/config.ts'
import { certificateLibrary } from '../../connectors/certificate-library/index.ts'
import type { ConnectorDeps, Lookup } from '../../gateway/ports/connector.ts'
import { caller, connectorConformance, FIELDS, NASTY, type Scene, type SourceRow } from '../conformance/connector.ts'
import { type ForeignService, foreignService, json } from './foreign-service.ts'

const deps = (url: string, change: Partial<ConnectorDeps> = {}): ConnectorDeps => ({
  datasetId: 'd',
  fields: FIELDS,
  inputs: ['id'],
  networks: ['127.0.0.0/8'],
  endpoint: { url, secret: { accessId: 'a-1', accessToken: 'hush' }, connections: 4 },
  timeoutMs: 5_000,
  now: () => Date.UTC(2026, 10, 20),
  newId: () => 'id-1',
  ...change,
})

connectorConformance('certificate-library', async () => {
  let rows: readonly SourceRow[] = []
  let scene: Scene = 'rows'
  const whole = (data: unknown[]) => (data.length === 0 ? { status: '10' } : { status: '0', data })
  const SCENES: Partial<Record<Scene, (response: ServerResponse, found: object[]) => void>> = {
    'extra-fields': (response, found) => json(response, whole(found.map((row) => ({ ...row, face: { a: 1 } })))),
    'wrong-type': (response) => json(response, whole([{ amount: 'twelve' }])),
    slow: () => undefined,
    'server-error': (response) => json(response, { error: '测试王小明 371099198803120026' }, 500),
    garbage: (response) => response.end('<html>371099198803120026 测试'),
    truncated: (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"status":"0","data":[')
      setTimeout(() => response.destroy(), 20)
    },
    'empty-body': (response) => response.end(),
    huge: (response) => response.end(Buffer.alloc(2 * 1024 * 1024, 'x')),
    'too-many-rows': (response) => json(response, whole(Array.from({ length: 2_001 }, () => ({ name: '测试' })))),
    redirect: (response) => response.writeHead(302, { location: '/licence?id=371099198803120026' }).end(),
    'error-code-in-body': (response) => json(response, { status: '11', msg: '测试王小明 371099198803120026' }),
  }
  const service = await foreignService((request, response) => {
    const id = request.body === '' ? '' : JSON.parse(request.body).data.holderNumber
    const found = rows.filter((row) => row.id === id)
    const act = SCENES[scene] ?? ((to, all) => json(to, whole(all)))
    act(response, found)
  })
  const gone = await foreignService()
  await gone.close()
  return {
    impossible: {},
    async open(next, given = []) {
      scene = next
      rows = given
      const url = next === 'refused' ? gone.url : next === 'outside-network' ? 'http://192.0.2.1' : service.url
      const config = { endpoint: 'library', typeCode: '033', operation: 'by-holder', inputs: { holder: 'id' } }
      return certificateLibrary.create(config, deps(url))
    },
    running: async () => service.running(),
    close: () => service.close(),
  }
})

describe('certificate-library', () => {
  let service: ForeignService
  beforeAll(async () => {
    service = await foreignService()
  })
  afterAll(() => service.close())
  const valid = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(configSchema)
  const INPUTS = ['holderNumber', 'certificateNumber']
  const STATE = [
    { id: 'state', type: 'string' },
    { id: 'validUntil', type: 'date' },
  ]
  const open = (config: object = {}, fields: ConnectorDeps['fields'] = STATE, inputs = INPUTS) => {
    const whole = {
      endpoint: 'library',
      typeCode: '033',
      operation: 'by-holder',
      fieldMap: { certState: 'state', validEnd: 'validUntil' },
      dates: { validUntil: 'yyyy-MM-dd' },
      ...config,
    }
    expect(valid(whole), JSON.stringify(valid.errors)).toBe(true)
    return certificateLibrary.create(whole, deps(service.url, { fields, inputs }))
  }
  const ask = async (config: object, change: Partial<Lookup> = {}) => {
    service.seen.length = 0
    const lookup: Lookup = {
      subjectType: 'person',
      inputs: { holderNumber: 'h' },
      fields: ['state', 'validUntil'],
      caller,
      ...change,
    }
    const connector = open(config)
    try {
      return (await connector.fetch(lookup, AbortSignal.timeout(3_000))).records
    } catch (thrown) {
      return `${(thrown as { code: string }).code}: ${(thrown as Error).message}`
    } finally {
      await connector.close()
    }
  }
  const answers = (body: object) => {
    service.answer = (_request, response) => json(response, body)
  }
  const revoked = { status: '0', data: [{ certState: '06', validEnd: '2030-01-01', face: { address: 'secret' } }] }

  it('tells the library type, holder, item, case, officer and use reason', async () => {
    answers(revoked)
    expect(await ask({}, { inputs: { holderNumber: 'h', certificateNumber: 'n' } })).toEqual([
      { state: '06', validUntil: '20300101' },
    ])
    expect(service.seen[0]?.url).toBe('/licence/by-holder')
    expect(JSON.parse(service.seen[0]?.body ?? '')).toEqual({
      accessId: 'a-1',
      accessToken: 'hush',
      requestId: 'id-1',
      useReason: '义务教育入学资格核验',
      data: {
        typeCode: '033',
        holderType: '111',
        holderNumber: 'h',
        licenceNumber: 'n',
        itemCode: 'rongcheng-p-008',
        itemName: '义务教育入学',
        unit: '11371082PDY003018B',
        unitName: '测试教育局',
        officer: 'jyj-0231',
      },
    })
  })
  it('names an organisation’s holder type', async () => {
    answers(revoked)
    await ask({}, { subjectType: 'organisation' })
    expect(JSON.parse(service.seen[0]?.body ?? '').data.holderType).toBe('001')
    expect(await ask({}, { subjectType: 'vehicle' })).toMatch('provider.contract')
    expect(service.seen).toEqual([])
  })
  it.each([
    ['0', [{ state: '06', validUntil: '20300101' }]],
    [0, [{ state: '06', validUntil: '20300101' }]],
    ['10', []],
    ['11', 'provider.unreachable: result code 11'],
    ['100', 'provider.contract: result code 100'],
    ['103', 'provider.contract: result code 103'],
    ['371099198803120026', 'provider.contract: result code that is not listed'],
  ])('status %j', async (status, want) => {
    answers({ ...revoked, status })
    expect(await ask({})).toEqual(want)
  })
  it('asks state and validity by number, without saying or getting whose it is', async () => {
    answers(revoked)
    const config = { operation: 'state-by-number' }
    expect(await ask(config, { inputs: { certificateNumber: 'n', holderNumber: 'h' } })).toEqual([
      { state: '06', validUntil: '20300101' },
    ])
    expect(service.seen[0]?.url).toBe('/licence/state')
    const { data } = JSON.parse(service.seen[0]?.body ?? '')
    expect([data.licenceNumber, 'holderNumber' in data, 'holderType' in data]).toEqual(['n', false, false])
    const face = [...STATE, { id: 'address', type: 'string' }]
    expect(() => open(config, face)).toThrow(/address/)
  })
  it('asks nobody without item, use reason or the number it goes by', async () => {
    answers(revoked)
    expect(await ask({}, { caller: { ...caller, item: null } })).toMatch('provider.contract')
    expect(await ask({}, { caller: { ...caller, purpose: ' ' } })).toMatch('provider.contract')
    expect(await ask({ operation: 'by-number' })).toMatch('provider.contract')
    expect(service.seen).toEqual([])
  })
  it('keeps hostile text in every input as data', async () => {
    answers({ status: '10' })
    for (const text of NASTY) {
      await ask({}, { inputs: { holderNumber: text, certificateNumber: text } })
      expect(JSON.parse(service.seen[0]?.body ?? '').data).toMatchObject({ holderNumber: text, licenceNumber: text })
    }
  })
  it('is never cached, and says so', () => {
    expect(open().live).toBe(true)
  })
  it('says which members of the caller it tells', () => {
    expect(open().callerMembers).toEqual(expect.arrayContaining(['item.id', 'purpose', 'case', 'officer.id']))
  })
  it.each<[string, object, RegExp]>([
    ['a body without a use reason', { body: { t: '{{typeCode}}', i: '{{caller.item.id}}' } }, /caller.purpose/],
    ['a body without an item', { body: { t: '{{typeCode}}', r: '{{caller.purpose}}' } }, /caller.item.id/],
    ['an input that is not there', { inputs: { holder: 'nobody' } }, /nobody/],
  ])('refuses at load: %s', (_name, config, want) => {
    expect(() => open(config)).toThrow(want)
  })
})
