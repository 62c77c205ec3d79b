import { describe, expect, it } from 'vitest'
import { httpJson } from '../../connectors/http-json/index.ts'
import { caller } from '../conformance/connector.ts'
import { json } from './foreign-service.ts'
import { answers, ask, BASE, codeOf, deps, request, service } from './http-json-question.ts'

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
