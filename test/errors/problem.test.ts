import { describe, expect, it } from 'vitest'
import { asExchangeError, ExchangeError, FAILURES, type FailureCode } from '../../gateway/errors/exchange-error.ts'
import { languageOf, problemResponse, toProblem } from '../../gateway/errors/problem.ts'

/** The table of design §10; a code, once published, keeps its meaning. */
const PUBLISHED: Record<FailureCode, number> = {
  'request.malformed': 400,
  'request.unsigned': 401,
  'request.signature': 401,
  'request.expired': 401,
  'request.replayed': 409,
  'request.unknown-resource': 404,
  'identity.unknown': 401,
  'identity.suspended': 403,
  'subject.invalid': 422,
  'subject.incomplete': 422,
  'field.unknown': 422,
  'access.denied': 403,
  'grant.expired': 403,
  'grant.suspended': 403,
  'quota.exceeded': 429,
  'provider.unreachable': 502,
  'provider.contract': 502,
  'provider.timeout': 504,
  'record.unavailable': 503,
  'proof.pending': 503,
  internal: 500,
}

describe('problems', () => {
  it('have the published codes and statuses, and a title in both languages', () => {
    for (const [code, status] of Object.entries(PUBLISHED)) {
      const failure = FAILURES[code as FailureCode]
      expect(failure.status, code).toBe(status)
      expect(/\p{Script=Han}/u.test(failure.zh), code).toBe(true)
      expect(/^[A-Z]/.test(failure.en) && !/\p{Script=Han}/u.test(failure.en), code).toBe(true)
      const origin = code.startsWith('provider.') ? 'provider' : status >= 500 ? 'gateway' : 'consumer'
      expect(failure.origin, code).toBe(origin)
    }
  })

  it('tell nothing of message, cause or stack', () => {
    const failure = new ExchangeError('internal', 'message 371099201907120017', {
      cause: new Error('cause 371099201907120017'),
    })
    expect(JSON.stringify(toProblem(failure, 'zh', 'x'))).not.toMatch(/3710|message|cause|stack/)
    expect(toProblem(asExchangeError(new TypeError('secret')), 'en')).toEqual({
      type: 'urn:guanyi:problem:internal',
      title: 'The gateway failed',
      status: 500,
      code: 'internal',
      origin: 'gateway',
      retry: false,
      reasons: [],
    })
  })

  it.each([
    [undefined, 'zh'],
    ['', 'zh'],
    ['*', 'zh'],
    ['fr, de;q=0.5', 'zh'],
    ['zh-CN, en;q=0.8', 'zh'],
    ['en', 'en'],
    ['en-GB, zh;q=0.5', 'en'],
    ['fr, EN;q=0.5, zh;q=0.1', 'en'],
    ['en;q=0.1, zh;q=0.9', 'zh'],
    ['en;q=0, zh;q=0', 'zh'],
    ['english', 'zh'],
  ])('Accept-Language %j → %s', (header, language) => {
    expect(languageOf(header)).toBe(language)
  })

  it('are never kept by a cache and name the exchange where there is one', async () => {
    const response = problemResponse(new ExchangeError('access.denied', 'x'), 'zh', 'id-1')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('x-exchange-id')).toBe('id-1')
    expect(await response.json()).toMatchObject({ instance: '/v1/exchanges/id-1' })
    expect(problemResponse(new ExchangeError('access.denied', 'x'), 'zh').headers.has('x-exchange-id')).toBe(false)
  })
})
