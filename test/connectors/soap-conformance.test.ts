import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { inject } from 'vitest'
import { soap } from '../../connectors/soap/index.ts'
import { connectorConformance, FIELDS, type Scene, type SourceRow } from '../conformance/connector.ts'
import { foreignService } from './foreign-service.ts'
import { envelope, escaped, fault, textsOf, WSDL, xml } from './soap-service.ts'

const COMMON = {
  endpoint: 'svc',
  path: '/people',
  outcome: { path: 'queryPersonResponse.code', codes: { '0000': 'ok', '9001': 'unreachable' } },
  records: { path: 'queryPersonResponse.list.row' },
  fieldMap: { XM: 'name', CSRQ: 'born', GMSFHM: 'id', JE: 'amount', ZT: 'active', SSQ: 'month' },
  dates: { born: 'yyyy-MM-dd' },
}
const STYLES = {
  template: {
    ...COMMON,
    template: {
      body: '<q:queryPerson xmlns:q="urn:people"><q:GMSFHM>{{input.id}}</q:GMSFHM><q:CZR>{{caller.officer.name}}</q:CZR></q:queryPerson>',
      action: 'urn:people/query',
    },
  },
  wsdl: {
    ...COMMON,
    wsdl: {
      file: 'people.wsdl',
      operation: 'queryPerson',
      arguments: { GMSFHM: '{{input.id}}', CZR: '{{caller.officer.name}}' },
    },
  },
}

const rowXml = (row: SourceRow, more = ''): string => {
  const born = row.born.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
  const texts = { GMSFHM: row.id, XM: row.name, JE: row.amount, ZT: row.active, CSRQ: born, SSQ: row.month }
  return `<row>${Object.entries(texts)
    .map(([name, text]) => `<${name}>${escaped(String(text))}</${name}>`)
    .join('')}${more}</row>`
}
const answer = (rows: string, code = '0000') =>
  envelope(
    `<n:queryPersonResponse xmlns:n="urn:people"><n:code>${code}</n:code><n:list>${rows}</n:list></n:queryPersonResponse>`,
  )

type Act = (response: ServerResponse, found: SourceRow[]) => void
const SCENES: Partial<Record<Scene, Act>> = {
  'extra-fields': (response, found) =>
    xml(response, answer(found.map((row) => rowXml(row, '<SECRET>x</SECRET>')).join(''))),
  'wrong-type': (response) => xml(response, answer('<row><JE>twelve</JE></row>')),
  slow: () => undefined,
  'server-error': (response) => xml(response, fault('Server', '测试王小明 371099198803120026'), 500),
  garbage: (response) => response.end('<html>371099198803120026 测试'),
  truncated: (response) => {
    response.writeHead(200, { 'content-type': 'text/xml', 'content-length': '1000' })
    response.write('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>')
    setTimeout(() => response.destroy(), 20)
  },
  'empty-body': (response) => response.end(),
  huge: (response) => {
    const part = Buffer.alloc(64 * 1024, '<a>')
    const pump = () => {
      while (!response.destroyed && response.write(part));
      if (!response.destroyed) response.once('drain', pump)
    }
    pump()
  },
  'too-many-rows': (response) => xml(response, answer('<row><XM>测试</XM></row>'.repeat(2_001))),
  redirect: (response) => response.writeHead(302, { location: '/people?id=371099198803120026' }).end(),
  'error-code-in-body': (response) => xml(response, answer('测试王小明 371099198803120026', '9001')),
}

for (const [style, config] of Object.entries(STYLES)) {
  connectorConformance(`soap, ${style} style`, async () => {
    let rows: readonly SourceRow[] = []
    let scene: Scene = 'rows'
    const catalogDir = mkdtempSync(join(inject('runDir'), 'wsdl-'))
    mkdirSync(join(catalogDir, 'wsdl'))
    writeFileSync(join(catalogDir, 'wsdl', 'people.wsdl'), WSDL)
    const service = await foreignService((request, response) => {
      const id = request.body === '' ? '' : (textsOf(request.body).GMSFHM ?? '')
      const found = rows.filter((row) => row.id === id)
      const act = SCENES[scene] ?? ((to, all) => xml(to, answer(all.map((row) => rowXml(row)).join(''))))
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
        return soap.create(config, {
          datasetId: 'people',
          fields: FIELDS,
          inputs: ['id'],
          networks: ['127.0.0.0/8'],
          endpoint: { url, connections: 4 },
          timeoutMs: 5_000,
          now: () => Date.UTC(2026, 10, 20),
          newId: () => 'id-1',
          catalogDir,
        })
      },
      running: async () => service.running(),
      close: () => service.close(),
    }
  })
}
