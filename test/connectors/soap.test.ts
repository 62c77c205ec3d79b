import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { configSchema } from '../../connectors/soap/config.ts'
import { soap } from '../../connectors/soap/index.ts'
import { createXmlTemplate } from '../../connectors/xml/template.ts'
import type { ConnectorDeps } from '../../gateway/ports/connector.ts'
import { caller, NASTY } from '../conformance/connector.ts'
import { type ForeignService, foreignService } from './foreign-service.ts'
import { envelope, fault, textsOf, WSDL, xml } from './soap-service.ts'

const NOW = Date.UTC(2026, 10, 20)
const valid = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(configSchema)
const BASE = { endpoint: 'svc', template: { body: '<q><id>{{input.id}}</id></q>' }, records: { path: 'r.row' } }

let service: ForeignService
/** Stands for everything a hostile answer may point at. */
let elsewhere: ForeignService
let catalogDir: string
beforeAll(async () => {
  service = await foreignService()
  elsewhere = await foreignService((_request, response) => response.end('<x/>'))
  catalogDir = mkdtempSync(join(inject('runDir'), 'soap-'))
  mkdirSync(join(catalogDir, 'wsdl'))
})
afterAll(async () => {
  await service.close()
  await elsewhere.close()
})

const deps = (change: Partial<ConnectorDeps> = {}): ConnectorDeps => ({
  datasetId: 'd',
  fields: [{ id: 'v', type: 'string' }],
  inputs: ['id', 'name'],
  networks: ['127.0.0.1'],
  endpoint: { url: service.url, secret: { user: 'u<1>', password: 'p&"w"' } },
  timeoutMs: 2_000,
  now: () => NOW,
  newId: () => 'uuid-1',
  catalogDir,
  ...change,
})
async function ask(config: object = {}, inputs: Record<string, string> = { id: 'x' }, type = 'string') {
  const whole = { ...BASE, ...config }
  expect(valid(whole), JSON.stringify(valid.errors)).toBe(true)
  const connector = soap.create(whole, deps({ fields: [{ id: 'v', type }] }))
  service.seen.length = 0
  try {
    return await connector.fetch({ subjectType: 'person', inputs, fields: ['v'], caller }, new AbortController().signal)
  } finally {
    await connector.close()
  }
}
const outcome = (asked: Promise<{ records: object[] }>) =>
  asked.then(
    ({ records }) => records,
    (error) => error.code,
  )
const answers = (body: string | Buffer, status = 200, type?: string) => {
  service.answer = (_request, response) => xml(response, body, status, type)
}
const rows = (value: string) => envelope(`<r><row><v>${value}</v></row></r>`)

describe('hostile XML', () => {
  const laughs = [
    '<!ENTITY a0 "ha">',
    ...Array.from({ length: 9 }, (_, n) => `<!ENTITY a${n + 1} "${`&a${n};`.repeat(10)}">`),
  ]
  it.each<[string, () => string]>([
    ['an entity bomb', () => `<!DOCTYPE b [${laughs.join('')}]>${rows('&a9;')}`],
    ['an external entity of a file', () => `<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]>${rows('&x;')}`],
    ['an external entity of an address', () => `<!DOCTYPE b [<!ENTITY x SYSTEM "${elsewhere.url}/x">]>${rows('&x;')}`],
    ['an external document type', () => `<!DOCTYPE b SYSTEM "${elsewhere.url}/b.dtd">${rows('v')}`],
    ['a document type after a comment', () => `<!-- c --><!doctype b []>${rows('v')}`],
    ['an entity nobody declared', () => rows('&secret;')],
    ['a reference cut short', () => rows('a &amp b')],
    ['a number that is no character', () => rows('&#0;')],
    ['elements nested without end', () => `${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}`],
    ['tags that never close', () => envelope('<r><row><v>a</row></r>')],
    ['text cut off', () => rows('v').slice(0, -20)],
    ['two roots', () => rows('v') + rows('w')],
    ['another document', () => '<html><body>502</body></html>'],
    ['bytes that are no UTF-8', () => 'x'],
  ])('%s breaks the contract, and nothing else is asked', async (name, body) => {
    elsewhere.seen.length = 0
    const startedAt = performance.now()
    answers(name.startsWith('bytes') ? Buffer.concat([Buffer.from(rows('')), Buffer.from([0xff, 0xfe])]) : body())
    expect(await outcome(ask())).toBe('provider.contract')
    expect(elsewhere.seen).toEqual([])
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
  it('keeps names that a program could trip over as data', async () => {
    answers(envelope('<r><row><__proto__><v>x</v></__proto__><constructor>c</constructor><v>ok</v></row></r>'))
    expect(await outcome(ask())).toEqual(expect.anything())
    expect(({} as Record<string, unknown>).v).toBeUndefined()
  })
})

describe('reading', () => {
  it.each<[string, string, string, unknown]>([
    ['leading zeros', rows('0012'), 'string', '0012'],
    ['a number of 20 digits', rows('12345678901234567890'), 'string', '12345678901234567890'],
    ['an integer', rows('12'), 'integer', 12],
    ['an integer with zeros before it', rows('0x10'), 'integer', '0x10'],
    ['a boolean', rows('true'), 'boolean', true],
    ['a date', rows('2026-01-02'), 'date', '20260102'],
    ['an empty number', rows(''), 'integer', null],
    [
      'nothing said',
      envelope('<r><row><v xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/></row></r>'),
      'string',
      null,
    ],
    ['references', rows('&lt;&#27979;&#x8BD5;&amp;amp;'), 'string', '<测试&amp;'],
    ['CDATA', rows('<![CDATA[<b>&amp;]]>'), 'string', '<b>&amp;'],
    ['white space', rows(' a '), 'string', ' a '],
  ])('%s', async (_name, body, type, want) => {
    answers(body)
    expect((await ask({}, undefined, type)).records).toEqual([{ v: want }])
  })
  it.each<[string, string, object, unknown]>([
    ['one row', envelope('<r><row><v>1</v></row></r>'), {}, [{ v: '1' }]],
    ['two rows', envelope('<r><row><v>1</v></row><row><v>2</v></row></r>'), {}, [{ v: '1' }, { v: '2' }]],
    ['an empty list', envelope('<r/>'), {}, []],
    ['an empty row', envelope('<r><row/></r>'), {}, []],
    ['no list', envelope('<other/>'), {}, 'provider.contract'],
    ['an attribute', envelope('<r><row v="a"><w/></row></r>'), { fieldMap: { '@v': 'v' } }, [{ v: 'a' }]],
    [
      'an embedded XML text',
      envelope(`<out>&lt;?xml version="1.0"?&gt;&lt;r&gt;&lt;row&gt;&lt;v&gt;e&lt;/v&gt;&lt;/row&gt;&lt;/r&gt;</out>`),
      { embedded: { path: 'out', format: 'xml' }, records: { path: 'row' } },
      [{ v: 'e' }],
    ],
    [
      'an embedded bomb',
      envelope('<out><![CDATA[<!DOCTYPE a [<!ENTITY b "c">]><r>&b;</r>]]></out>'),
      { embedded: { path: 'out', format: 'xml' } },
      'provider.contract',
    ],
    [
      'an embedded JSON text',
      envelope('<out>{"rows":[{"v":"j"}]}</out>'),
      { embedded: { path: 'out', format: 'json' }, records: { path: 'rows' } },
      [{ v: 'j' }],
    ],
  ])('%s', async (_name, body, config, want) => {
    answers(body)
    expect(await outcome(ask(config))).toEqual(want)
  })
  it.each<[string, string, Buffer, unknown]>([
    ['GBK named by the media type', 'text/xml; charset=GBK', Buffer.from([0xb2, 0xe2, 0xca, 0xd4]), [{ v: '测试' }]],
    ['GB2312 named by the declaration', 'text/xml', Buffer.from([0xb2, 0xe2, 0xca, 0xd4]), [{ v: '测试' }]],
    ['a charset nobody knows', 'text/xml; charset=x-big5', Buffer.from('a'), 'provider.contract'],
  ])('%s', async (_name, type, text, want) => {
    const [before = '', after = ''] = rows('|').replace('utf-8', 'GB2312').split('|')
    answers(Buffer.concat([Buffer.from(before), text, Buffer.from(after)]), 200, type)
    expect(await outcome(ask())).toEqual(want)
  })
})

describe('faults', () => {
  const FAULTS = { faults: { 'Client.NotFound': 'not-found', Busy: 'unreachable' } }
  const of12 = envelope(
    '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>q:Client.NotFound</s:Value></s:Subcode></s:Code></s:Fault>',
  )
  it.each<[string, string, number, unknown]>([
    ['the server’s own', fault('Server'), 500, 'provider.unreachable'],
    ['the caller’s', fault('Client'), 500, 'provider.contract'],
    ['one that says not found', fault('Client.NotFound'), 500, []],
    ['one with status 200', fault('Client.NotFound'), 200, []],
    ['one that is listed', fault('Busy'), 500, 'provider.unreachable'],
    ['one of SOAP 1.2', of12, 500, []],
    ['a page that is no fault', '<html>', 500, 'provider.unreachable'],
    ['a refused login', '', 401, 'provider.unreachable'],
  ])('%s', async (_name, body, status, want) => {
    answers(body, status)
    expect(await outcome(ask(FAULTS))).toEqual(want)
  })
})

describe('requests', () => {
  it('keeps hostile text inside its element and its attribute', async () => {
    answers(rows('v'))
    for (const text of [...NASTY, ']]>', '<![CDATA[x]]></id><id>y<![CDATA[]]>', '-->', '&#60;']) {
      await ask({ template: { body: '<q n="{{input.name}}"><id>{{input.id}}</id></q>' } }, { id: text, name: text })
      const seen = textsOf(service.seen[0]!.body)
      expect([seen.id, seen['@_n']], text).toEqual([text, text])
      expect(Object.keys(seen).filter((name) => !name.startsWith('@_'))).toEqual(['id'])
    }
  })
  it('refuses what XML cannot hold, before anyone is asked', async () => {
    for (const text of ['a\u0000b', '\u000b', '\ufffe', '\ud800']) {
      expect(await outcome(ask({}, { id: text }))).toBe('provider.contract')
    }
    expect(service.seen).toEqual([])
  })
  it('leaves out an element whose only placeholder has no value', async () => {
    answers(rows('v'))
    await ask({ template: { body: '<q><id>{{input.id}}</id><name>{{input.name}}</name><t>N:{{input.name}}</t></q>' } })
    expect(service.seen[0]!.body).toContain('<q><id>x</id><t>N:</t></q>')
  })
  it('logs in with a UsernameToken, in a header of its own', async () => {
    answers(rows('v'))
    await ask({ security: { user: 'user', password: 'password', type: 'digest' } })
    const seen = textsOf(service.seen[0]!.body)
    expect(seen.Username).toBe('u<1>')
    expect(seen.Created).toBe(new Date(NOW).toISOString())
    const nonce = /<wsse:Nonce[^>]*>([^<]+)</.exec(service.seen[0]!.body)?.[1] ?? ''
    const digest = createHash('sha1')
      .update(Buffer.from(nonce, 'base64'))
      .update(new Date(NOW).toISOString())
      .update('p&"w"')
    expect(service.seen[0]!.body).toContain(`#PasswordDigest">${digest.digest('base64')}<`)
    await ask({ security: { user: 'user', password: 'password' } })
    expect(service.seen[0]!.body).toContain('#PasswordText">p&amp;&quot;w&quot;<')
  })
  it.each([
    ['1.1', 'text/xml; charset=utf-8', '"urn:a"'],
    ['1.2', 'application/soap+xml; charset=utf-8; action="urn:a"', undefined],
  ])('names its version %s as the version wants it', async (version, type, action) => {
    answers(rows('v'))
    await ask({ version, template: { body: '<q/>', action: 'urn:a' } })
    expect(service.seen[0]!.headers).toMatchObject({ 'content-type': type })
    expect(service.seen[0]!.headers.soapaction).toBe(action)
  })
})

describe('WSDL style', () => {
  const put = (text: string) => writeFileSync(join(catalogDir, 'wsdl', 'a.wsdl'), text)
  const config = (operation = 'queryPerson') => ({
    endpoint: 'svc',
    wsdl: { file: 'a.wsdl', operation, arguments: { GMSFHM: '{{input.id}}', CZR: '{{input.name}}' } },
    records: { path: 'r.row' },
  })
  const call = async (inputs: Record<string, string>) => {
    const connector = soap.create(config(), deps())
    service.seen.length = 0
    answers(rows('v'))
    await connector.fetch({ subjectType: 'person', inputs, fields: ['v'], caller }, new AbortController().signal)
    await connector.close()
    return service.seen[0]!
  }
  it('writes the request as described, to our endpoint and not to the one described', async () => {
    put(WSDL)
    const seen = await call({ id: '1' })
    expect(seen.body).toMatch(/<queryPerson xmlns="urn:people"><GMSFHM>1<\/GMSFHM><\/queryPerson>/)
    expect(seen.headers.soapaction).toBe('"urn:people/query"')
  })
  it('keeps hostile text inside its element, where the package alone would not', async () => {
    put(WSDL)
    const text = '<![CDATA[x]]></GMSFHM><CZR>y</CZR><![CDATA[]]>'
    expect(textsOf((await call({ id: text })).body)).toMatchObject({ GMSFHM: text })
  })
  it.each<[string, () => string, RegExp]>([
    [
      'imports another document',
      () =>
        WSDL.replace('<wsdl:types>', `<wsdl:import namespace="urn:x" location="${elsewhere.url}/x.wsdl"/><wsdl:types>`),
      /imports/,
    ],
    [
      'includes another schema',
      () => WSDL.replace('<xsd:element', `<xsd:include schemaLocation="${elsewhere.url}/x.xsd"/><xsd:element`),
      /imports/,
    ],
    [
      'declares a document type',
      () => WSDL.replace('?>', `?><!DOCTYPE a SYSTEM "${elsewhere.url}/x.dtd">`),
      /document type/,
    ],
    ['lacks the operation', () => WSDL.replaceAll('name="queryPerson"', 'name="other"'), /no operation/],
  ])('is refused at load when the description %s', async (_name, text, want) => {
    elsewhere.seen.length = 0
    put(text())
    expect(() => soap.create(config(), deps())).toThrow(want)
    expect(elsewhere.seen).toEqual([])
  })
  it('is refused at load when the file is missing or named outside its folder', () => {
    expect(() => soap.create({ ...config(), wsdl: { ...config().wsdl, file: 'b.wsdl' } }, deps())).toThrow(/folder/)
    expect(valid({ ...config(), wsdl: { ...config().wsdl, file: '../a.wsdl' } })).toBe(false)
    expect(valid({ ...config(), wsdl: { ...config().wsdl, file: 'http://x/a.wsdl' } })).toBe(false)
  })
})

describe('createXmlTemplate', () => {
  it.each([
    ['what is not XML', '<a><b></a>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['a placeholder in a name', '<{{input.id}}/>'],
    ['an unknown placeholder', '<a>{{input.nobody}}</a>'],
    ['stray braces', '<a>{{</a>'],
  ])('refuses %s', (_name, text) => {
    expect(() => createXmlTemplate(text, { inputs: ['id'], secrets: [] })).toThrow(/template/)
  })
})
