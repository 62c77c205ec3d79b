import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { httpJson } from '../../connectors/http-json/index.ts'
import { caller } from '../conformance/connector.ts'
import { type Ask, answers, ask, BASE, codeOf, deps, NOW, request, service } from './http-json-question.ts'

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
