import { createHmac } from 'node:crypto'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configSchema } from '../../connectors/http-json/config.ts'
import { httpJson } from '../../connectors/http-json/index.ts'
import type { ConnectorDeps, Lookup } from '../../gateway/ports/connector.ts'
import { caller } from '../conformance/connector.ts'
import { type ForeignService, foreignService, json } from './foreign-service.ts'

const NOW = Date.UTC(2026, 10, 20, 16, 30, 5)
const valid = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(configSchema)
const BASE = { endpoint: 'svc', request: { path: '/q', body: { id: '{{input.id}}' } }, records: { path: 'rows' } }

let service: ForeignService
beforeAll(async () => {
  service = await foreignService()
})
afterAll(() => service.close())

const deps = (change: Partial<ConnectorDeps> = {}): ConnectorDeps => ({
  datasetId: 'd',
  fields: [{ id: 'v', type: 'string' }],
  inputs: ['id', 'name'],
  networks: ['127.0.0.1'],
  endpoint: { url: service.url, secret: { appId: 'app-7', key: 'hush' } },
  timeoutMs: 2_000,
  now: () => NOW,
  newId: () => 'uuid-1',
  ...change,
})

interface Ask {
  config?: object
  inputs?: Record<string, string>
  type?: string
  fields?: ConnectorDeps['fields']
  who?: Lookup['caller']
}
async function ask({ config = {}, inputs = { id: 'x' }, type = 'string', fields, who = caller }: Ask = {}) {
  const whole = { ...BASE, ...config }
  expect(valid(whole), JSON.stringify(valid.errors)).toBe(true)
  const declared = fields ?? [{ id: 'v', type }]
  const connector = httpJson.create(whole, deps({ fields: declared }))
  service.seen.length = 0
  const lookup = { subjectType: 'person' as const, inputs, fields: declared.map(({ id }) => id), caller: who }
  try {
    return await connector.fetch(lookup, new AbortController().signal)
  } finally {
    await connector.close()
  }
}
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (error) => error.code,
  )
const answers = (body: unknown, status = 200) => {
  service.answer = (_request, response) => json(response, body, status)
}
const request = (template: object) => ({ request: { path: '/q', ...template } })

describe('request template', () => {
  const sent = async (template: object, more: Ask = {}) => {
    answers({ rows: [] })
    await ask({ ...more, config: { ...request(template), ...more.config } })
    return service.seen[0]!
  }

  it('fills a JSON body from inputs, caller, time and id', async () => {
    const body = {
      head: {
        officer: '{{caller.officer.id}}/{{caller.officer.name}}',
        org: '{{caller.organisation.uscc}}',
        matter: '{{caller.item.name}}',
        why: '{{caller.purpose}}',
        at: '{{now:yyyyMMddHHmmss}}',
        ms: '{{now:epoch-ms}}',
        no: '{{uuid}}',
        app: '{{secret.appId}}',
      },
      list: ['{{input.id}}', 1, null, true],
      fields: '{{fields}}',
    }
    expect(JSON.parse((await sent({ body })).body)).toEqual({
      head: {
        officer: 'jyj-0231/测试李四',
        org: '11371082PDY003018B',
        matter: '义务教育入学',
        why: '义务教育入学资格核验',
        at: '20261121003005',
        ms: NOW,
        no: 'uuid-1',
        app: 'app-7',
      },
      list: ['x', 1, null, true],
      fields: ['v'],
    })
  })
  it('leaves out members whose only placeholder has no value', async () => {
    const who = { ...caller, officer: null, item: null }
    const body = {
      a: '{{input.name}}',
      b: '{{caller.officer.id}}',
      c: '姓名：{{input.name}}',
      d: ['{{caller.item.id}}'],
    }
    expect(JSON.parse((await sent({ body }, { who })).body)).toEqual({ c: '姓名：', d: [] })
  })
  it('does not fill what a value brings along', async () => {
    const seen = await sent({ body: { id: '{{input.id}}' } }, { inputs: { id: '{{secret.key}}","admin":"1' } })
    expect(JSON.parse(seen.body)).toEqual({ id: '{{secret.key}}","admin":"1' })
  })
  it('encodes values in path, query, form and headers', async () => {
    const template = {
      path: '/p/{{input.id}}/测试',
      query: { q: 'a {{input.id}}', absent: '{{input.name}}' },
      headers: { 'X-Name': '{{caller.officer.name}}', 'X-Id': '{{input.id}}' },
      form: { f: '{{input.id}}' },
    }
    const seen = await sent(template, { inputs: { id: 'a/b&c=d?\r\nx: 1' } })
    const value = encodeURIComponent('a/b&c=d?\r\nx: 1')
    expect(seen.url).toBe(`/p/${value}/${encodeURIComponent('测试')}?q=a%20${value}`)
    expect(seen.headers['x-name']).toBe(encodeURIComponent('测试李四'))
    expect(seen.headers['x-id']).toBe(value)
    expect(seen.headers.x).toBeUndefined()
    expect(new URLSearchParams(seen.body).get('f')).toBe('a/b&c=d?\r\nx: 1')
  })
  it.each([['..'], ['.']])('does not leave the path by `%s`', async (id) => {
    answers({ rows: [] })
    expect(await codeOf(ask({ config: request({ method: 'GET', path: '/p/{{input.id}}' }), inputs: { id } }))).toBe(
      'provider.contract',
    )
    expect(service.seen).toHaveLength(0)
  })
  it('does not ask for a whole collection when the path value is absent', async () => {
    expect(await codeOf(ask({ config: request({ method: 'GET', path: '/p/{{input.name}}' }) }))).toBe(
      'provider.contract',
    )
  })
  it('sends ASCII only where the source reads gb18030', async () => {
    const { body } = await sent({ body: { n: '{{caller.officer.name}}𠮷' } }, { config: { charset: 'gb18030' } })
    expect(body).toMatch(/^[\x20-\x7e]*$/)
    expect(JSON.parse(body)).toEqual({ n: '测试李四𠮷' })
  })
  it('signs exactly what it sends', async () => {
    const signing = {
      kind: 'hmac-sha256',
      header: 'X-Sign',
      secret: 'key',
      text: '{{method}}\n{{path}}\n{{now:yyyyMMddHHmmss}}\n{{uuid}}\n{{body}}',
      encoding: 'base64',
    }
    const seen = await sent(
      { query: { t: '{{now:yyyyMMddHHmmss}}' }, body: { id: '{{input.id}}测试' } },
      { config: { signing } },
    )
    const text = `POST\n${seen.url}\n20261121003005\nuuid-1\n${seen.body}`
    expect(seen.headers['x-sign']).toBe(createHmac('sha256', 'hush').update(text).digest('base64'))
  })
  it('says which caller members the source is told', () => {
    const connector = httpJson.create({ ...BASE, ...request({ body: { a: '{{caller.officer.id}}' } }) }, deps())
    expect(connector.callerMembers).toEqual(['officer.id'])
    void connector.close()
  })
  it.each([
    ['an unknown placeholder', request({ body: { a: '{{subject.id}}' } })],
    ['an undeclared input', request({ body: { a: '{{input.other}}' } })],
    ['an unknown caller member', request({ body: { a: '{{caller.grant}}' } })],
    ['a prototype member', request({ body: { a: '{{caller.constructor}}' } })],
    ['a secret the endpoint has not', request({ headers: { a: '{{secret.none}}' } })],
    ['stray braces', request({ body: { a: '{{input.id}' } })],
    ['a time format of other letters', request({ body: { a: '{{now:YYYY}}' } })],
    ['a reserved header', request({ headers: { 'Transfer-Encoding': 'chunked' } })],
    ['a body with GET', request({ method: 'GET', body: {} })],
    ['two bodies', request({ body: {}, form: {} })],
    ['paging that cannot turn the page', { paging: { kind: 'page', size: 10 } }],
    [
      'a signing secret the endpoint has not',
      { signing: { kind: 'hmac-sha256', header: 'x', secret: 'none', text: 'a' } },
    ],
    ['an unknown field in a map', { dates: { other: 'yyyy-MM-dd' } }],
    ['a date form for text', { dates: { v: 'yyyy-MM-dd' } }],
    ['one field mapped twice', { fieldMap: { a: 'v', b: 'v' } }],
  ])('refuses at load: %s', (_name, config) => {
    expect(() => httpJson.create({ ...BASE, ...config }, deps())).toThrow()
  })
  it.each([['http://u:p@127.0.0.1'], ['http://127.0.0.1/?a=1'], ['ftp://127.0.0.1'], ['nowhere']])(
    'refuses the endpoint %s',
    (url) => {
      expect(() => httpJson.create(BASE, deps({ endpoint: { url } }))).toThrow(/endpoint url/)
    },
  )
})

describe('answer', () => {
  it.each<[string, object, number, object, string]>([
    ['a listed code', { code: 0, rows: [] }, 200, { outcome: { path: 'code', codes: { '0': 'ok' } } }, 'answered'],
    [
      'a code that is not listed',
      { code: 7, rows: [] },
      200,
      { outcome: { path: 'code', codes: { '0': 'ok' } } },
      'provider.contract',
    ],
    ['no code at all', { rows: [] }, 200, { outcome: { path: 'code', codes: { '0': 'ok' } } }, 'provider.contract'],
    [
      'a code named like a prototype member',
      { code: 'constructor' },
      200,
      { outcome: { path: 'code', codes: { '0': 'ok' } } },
      'provider.contract',
    ],
    ['null rows', { rows: null }, 200, {}, 'answered'],
    ['no rows member', {}, 200, {}, 'provider.contract'],
    ['no rows member, allowed', {}, 200, { records: { path: 'rows', absent: 'not-found' } }, 'answered'],
    ['rows that are text', { rows: 'none' }, 200, {}, 'provider.contract'],
    ['rows of numbers', { rows: [1] }, 200, {}, 'provider.contract'],
    ['404', { rows: [] }, 404, {}, 'provider.contract'],
    ['404 with a meaning', {}, 404, { statuses: { '404': 'not-found' } }, 'answered'],
    ['400 with a body to read', { rows: [] }, 400, { statuses: { '400': 'ok' } }, 'answered'],
    ['401', {}, 401, {}, 'provider.unreachable'],
    ['403', {}, 403, {}, 'provider.unreachable'],
    ['429', {}, 429, {}, 'provider.unreachable'],
    ['503', {}, 503, {}, 'provider.unreachable'],
  ])('%s', async (_name, body, status, config, want) => {
    answers(body, status)
    expect(await codeOf(ask({ config }))).toBe(want)
  })
  it('says not-covered where the source does', async () => {
    answers({ code: 'X9' })
    const answer = await ask({ config: { outcome: { path: 'code', codes: { X9: 'not-covered' } } } })
    expect(answer).toMatchObject({ records: [], notCovered: true })
  })
  it('takes a single object as one row, and paths within rows', async () => {
    answers({ rows: { deep: { a: 'b' } } })
    expect((await ask({ config: { fieldMap: { 'deep.a': 'v' } } })).records).toEqual([{ v: 'b' }])
  })
  it('reads what is inherited as absent', async () => {
    answers({ rows: [{ x: 1 }] })
    expect((await ask({ config: { fieldMap: { 'constructor.name': 'v' } } })).records).toEqual([{}])
  })
  it.each([
    ['by header', 'text/html; charset=GBK', {}],
    ['by config', 'application/octet-stream', { charset: 'gb18030' }],
  ])('reads GBK %s', async (_name, type, config) => {
    const gbk = Buffer.from([...Buffer.from('{"rows":[{"v":"'), 0xb2, 0xe2, 0xca, 0xd4, ...Buffer.from('"}]}')])
    service.answer = (_request, response) => response.writeHead(200, { 'content-type': type }).end(gbk)
    expect((await ask({ config })).records).toEqual([{ v: '测试' }])
  })
  it('reads a byte order mark away', async () => {
    service.answer = (_request, response) => response.end('\ufeff{"rows":[]}')
    expect((await ask()).records).toEqual([])
  })
  it.each<[string, Record<string, string>, Buffer | string]>([
    [
      'bytes that are not in the charset',
      { 'content-type': 'application/json; charset=utf-8' },
      Buffer.from([0x22, 0xff, 0x22]),
    ],
    ['an unknown charset', { 'content-type': 'application/json; charset=utf-7' }, '{}'],
    ['a compressed body', { 'content-encoding': 'gzip' }, 'x'],
    ['a declared length over the cap', { 'content-length': '5000000' }, ''],
    ['half a document of full length', {}, '{"rows":['],
  ])('%s breaks the contract', async (_name, headers, body) => {
    service.answer = (_request, response) => void response.writeHead(200, headers).end(body)
    expect(await codeOf(ask())).toBe('provider.contract')
  })
})

describe('values', () => {
  const value = async (v: unknown, type: string, config: object = {}) => {
    answers({ rows: [{ v }] })
    return (await ask({ type, config })).records[0]?.v
  }
  it.each<[string, unknown, string, object, unknown]>([
    ['a date with dashes', '1988-07-01', 'date', { dates: { v: 'yyyy-MM-dd' } }, '19880701'],
    ['a date with slashes and one digit', '1988/7/1', 'date', { dates: { v: 'yyyy/MM/dd' } }, '19880701'],
    ['a date in Chinese', '1988年7月1日', 'date', { dates: { v: 'yyyy年MM月dd日' } }, '19880701'],
    ['a date without separators, as a number', 19880701, 'date', { dates: { v: 'yyyyMMdd' } }, '19880701'],
    [
      'local midnight in Chinese summer time',
      Date.UTC(1988, 5, 30, 15),
      'date',
      { dates: { v: 'epoch-ms' } },
      '19880701',
    ],
    ['local midnight today', Date.UTC(2026, 0, 1, 16), 'date', { dates: { v: 'epoch-ms' } }, '20260102'],
    ['a birth before 1970', -Date.UTC(1970, 0, 2, 0), 'date', { dates: { v: 'epoch-ms' } }, '19691231'],
    ['a time stamp', '2026-01-02 23:59:59', 'date', { dates: { v: 'yyyy-MM-dd HH:mm:ss' } }, '20260102'],
    ['a month', '2026-1', 'month', { dates: { v: 'yyyy-MM' } }, '202601'],
    ['a date in another form stays', '01.07.1988', 'date', { dates: { v: 'yyyy-MM-dd' } }, '01.07.1988'],
    ['an empty date is none', '', 'date', { dates: { v: 'yyyy-MM-dd' } }, null],
    ['a code', 1, 'string', { codes: { v: { '1': '男' } } }, '男'],
    ['a code for a boolean', 'Y', 'boolean', { codes: { v: { Y: true, N: false } } }, true],
    ['digits', '0012', 'integer', { numbers: { v: 'text' } }, 12],
    ['yuan as text', '1234.5', 'integer', { numbers: { v: 'yuan' } }, 123_450],
    ['yuan as a number', 1.15, 'integer', { numbers: { v: 'yuan' } }, 115],
    ['yuan with three decimals stays', '1.234', 'integer', { numbers: { v: 'yuan' } }, '1.234'],
    ['a number', 12, 'integer', {}, 12],
    ['digits without a rule stay text', '12', 'integer', {}, '12'],
    ['null', null, 'string', {}, null],
    ['a nested value stays, for `shape` to refuse', { a: 1 }, 'string', {}, { a: 1 }],
  ])('%s', async (_name, v, type, config, want) => {
    expect(await value(v, type, config)).toEqual(want)
  })
  it.each<[string, unknown, string, object]>([
    ['a JSON number where text is declared', 371099, 'string', {}],
    ['a JSON number where a date is declared and no form given', 19880701, 'date', {}],
    ['an integer that lost its last digits', 2 ** 60, 'integer', {}],
    ['a code that is not listed', '3', 'string', { codes: { v: { '1': '男' } } }],
    ['a code named like a prototype member', 'toString', 'string', { codes: { v: { '1': '男' } } }],
  ])('%s breaks the contract', async (_name, v, type, config) => {
    await expect(value(v, type, config)).rejects.toMatchObject({ code: 'provider.contract' })
  })
})

describe('paging and as-of', () => {
  const PAGED = {
    request: { path: '/q', body: { id: '{{input.id}}', page: '{{page}}', size: '{{pageSize}}', from: '{{offset}}' } },
  }
  const pagesOf = (rows: object[], { total = rows.length, size = 2 } = {}) => {
    service.answer = ({ body }, response) => {
      const { page } = JSON.parse(body)
      json(response, { total, rows: rows.slice((page - 1) * size, page * size) })
    }
  }
  const five = Array.from({ length: 5 }, (_, at) => ({ v: `r${at}` }))

  it.each([
    ['with a total', { total: 'total' }, 3],
    ['without a total', {}, 3],
  ])('reads all pages %s', async (_name, more, calls) => {
    pagesOf(five)
    const answer = await ask({ config: { ...PAGED, paging: { kind: 'page', size: 2, ...more } } })
    expect(answer.records).toEqual(five)
    expect(service.seen).toHaveLength(calls)
    expect(service.seen.map(({ body }) => JSON.parse(body))).toMatchObject([
      { page: 1, from: 0, size: 2 },
      { from: 2 },
      { from: 4 },
    ])
  })
  it('does not ask for a page that cannot be there', async () => {
    pagesOf(five.slice(0, 4))
    await ask({ config: { ...PAGED, paging: { kind: 'page', size: 2, total: 'total' } } })
    expect(service.seen).toHaveLength(2)
  })
  it.each<[string, object[], number, object]>([
    ['fewer rows than the total', five, 9, {}],
    ['more pages than allowed', five, 5, { maxPages: 2 }],
  ])('%s is not passed off as all', async (_name, rows, total, more) => {
    pagesOf(rows, { total })
    expect(
      await codeOf(ask({ config: { ...PAGED, paging: { kind: 'page', size: 2, total: 'total', ...more } } })),
    ).toBe('provider.contract')
  })
  it('counts rows over all pages', async () => {
    pagesOf(five)
    expect(await codeOf(ask({ config: { ...PAGED, maxRows: 4, paging: { kind: 'page', size: 2 } } }))).toBe(
      'provider.contract',
    )
  })
  it('follows a cursor to its end, and not in a circle', async () => {
    const config = { ...request({ body: { c: '{{cursor}}' } }), paging: { kind: 'cursor', next: 'next' } }
    service.answer = ({ body }, response) => {
      const at = Number(JSON.parse(body).c ?? 0)
      json(response, { rows: [five[at]], next: at < 4 ? String(at + 1) : null })
    }
    expect((await ask({ config })).records).toEqual(five)
    answers({ rows: [], next: 'same' })
    expect(await codeOf(ask({ config }))).toBe('provider.contract')
  })
  it('takes as-of as China time, the oldest of the pages', async () => {
    service.answer = ({ body }, response) => {
      const { page } = JSON.parse(body)
      json(response, { at: `2026-01-0${page} 08:00:00`, rows: page === 1 ? [{ v: 'a' }] : [] })
    }
    const config = { ...PAGED, paging: { kind: 'page', size: 1 }, asOf: { path: 'at', form: 'yyyy-MM-dd HH:mm:ss' } }
    expect((await ask({ config })).asOfMs).toBe(Date.UTC(2026, 0, 1))
  })
  it('breaks the contract when rows come without their time', async () => {
    answers({ rows: [{ v: 'a' }] })
    expect(await codeOf(ask({ config: { asOf: { path: 'at', form: 'epoch-ms' } } }))).toBe('provider.contract')
  })
})

describe('host names', () => {
  it.each([
    ['is used where it resolves into the networks', ['127.0.0.0/8'], 'answered'],
    ['is refused at connect where it resolves elsewhere', ['10.0.0.0/8'], 'provider.unreachable'],
  ])('a name %s', async (_name, networks, want) => {
    answers({ rows: [] })
    const url = service.url.replace('127.0.0.1', 'localhost')
    const connector = httpJson.create(BASE, deps({ endpoint: { url }, networks }))
    service.seen.length = 0
    const lookup = { subjectType: 'person' as const, inputs: { id: 'x' }, fields: ['v'], caller }
    expect(await codeOf(connector.fetch(lookup, new AbortController().signal))).toBe(want)
    expect(service.seen).toHaveLength(want === 'answered' ? 1 : 0)
    await connector.close()
  })
})
