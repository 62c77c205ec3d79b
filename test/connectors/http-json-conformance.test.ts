import type { ServerResponse } from 'node:http'
import { httpJson } from '../../connectors/http-json/index.ts'
import { connectorConformance, FIELDS, type Scene, type SourceRow } from '../conformance/connector.ts'
import { foreignService, json, type Seen } from './foreign-service.ts'

const CONFIG = {
  endpoint: 'svc',
  request: { path: '/query', body: { head: { who: '{{caller.officer.id}}' }, param: { GMSFHM: '{{input.id}}' } } },
  outcome: { path: 'code', codes: { '0000': 'ok', '1404': 'not-found', '9001': 'unreachable' } },
  records: { path: 'data.list' },
  fieldMap: { XM: 'name', CSRQ: 'born', GRZH: 'id', JE: 'amount', ZT: 'active', SSQ: 'month' },
  dates: { born: 'yyyy-MM-dd', month: 'yyyy-MM' },
  codes: { active: { '1': true, '0': false } },
}

type Answer = (response: ServerResponse, found: object[]) => void
const whole = (found: object[]) => ({ code: found.length === 0 ? '1404' : '0000', data: { list: found } })
const SCENES: Partial<Record<Scene, Answer>> = {
  'extra-fields': (response, found) => json(response, whole(found.map((one) => ({ ...one, SECRET: 'x', name2: 1 })))),
  'wrong-type': (response) => json(response, whole([{ JE: 'twelve' }])),
  slow: () => undefined,
  'server-error': (response) => json(response, { error: '测试王小明 371099198803120026' }, 500),
  garbage: (response) => response.end('<html>371099198803120026 测试'),
  truncated: (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"code":"0000","data":{"list":[')
    setTimeout(() => response.destroy(), 20)
  },
  'empty-body': (response) => response.end(),
  huge: (response) => {
    const part = Buffer.alloc(64 * 1024, 'x')
    const pump = () => {
      while (!response.destroyed && response.write(part));
      if (!response.destroyed) response.once('drain', pump)
    }
    pump()
  },
  'too-many-rows': (response) => json(response, whole(Array.from({ length: 2_001 }, () => ({ XM: '测试' })))),
  redirect: (response) => response.writeHead(302, { location: '/query?id=371099198803120026' }).end(),
  'error-code-in-body': (response) => json(response, { code: '9001', msg: '测试王小明 371099198803120026' }),
}

connectorConformance('http-json', async () => {
  let rows: readonly SourceRow[] = []
  let scene: Scene = 'rows'
  const dashed = (digits: string) =>
    digits.replace(/^(\d{4})(\d{2})(\d{2})?$/, (_, y, m, d) => [y, m, d].filter(Boolean).join('-'))
  const service = await foreignService((request: Seen, response) => {
    const id = request.body === '' ? '' : JSON.parse(request.body).param.GMSFHM
    const found = rows
      .filter((row) => row.id === id)
      .map((row) => ({
        GRZH: row.id,
        XM: row.name,
        JE: row.amount,
        ZT: row.active ? 1 : 0,
        CSRQ: dashed(row.born),
        SSQ: dashed(row.month),
      }))
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
      const outside = 'http://192.0.2.1'
      return httpJson.create(CONFIG, {
        datasetId: 'people',
        fields: FIELDS,
        inputs: ['id'],
        networks: ['127.0.0.0/8'],
        endpoint: {
          url: next === 'refused' ? gone.url : next === 'outside-network' ? outside : service.url,
          connections: 4,
        },
        timeoutMs: 5_000,
        now: () => Date.UTC(2026, 10, 20),
        newId: () => 'id-1',
      })
    },
    running: async () => service.running(),
    close: () => service.close(),
  }
})
