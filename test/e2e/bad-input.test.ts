import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Jwk } from '../../gateway/adapters/crypto/jwk.ts'
import type { Ask } from '../../gateway/client/index.ts'
import { FATHER, GUARDIAN, NOBODY, PUPIL } from '../../seeds/population/cast.ts'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, call, jose, jws, newJti, payloadOf, tokenFor } from '../support/wire.ts'
import { BYTES, MEMBERS, TEXT } from './bad-input/body.ts'
import { MEANING } from './bad-input/meaning.ts'
import { full, grouped, type Tools } from './bad-input/row.ts'
import { ENVELOPE, HTTP, TOKENS } from './bad-input/sender.ts'

const ROWS = [...BYTES, ...MEMBERS, ...ENVELOPE, ...TOKENS, ...HTTP, ...TEXT, ...MEANING]
/** Everything personal that any row sends; nothing of it may come back. */
const NEEDLES = [PUPIL, GUARDIAN, FATHER, NOBODY].flatMap(({ id, name }) => [
  id,
  id.slice(6, 14),
  full(id),
  grouped(id),
  name,
])

let city: Seeded
let tools: Tools
beforeAll(async () => {
  city = await seededGateway()
  const keyOf = (system: string): Jwk => city.installation.systemKeys.get(system)!.jwk
  const key = keyOf('rc-enrolment')
  const token = (await tokenFor(city.gateway.dataUrl, 'rc-enrolment', key)).json().access_token as string
  tools = {
    key,
    token,
    key_of: keyOf,
    payload: (change = {}) => ({ ...payloadOf('rc-enrolment', 'query', ENROLMENT), ...change }),
    members: (change = {}) => ({ ...(ENROLMENT as Ask), jti: newJti(), ...change }),
    signed: async (payload, header = {}) => jose('/v1/query', await jws(key, payload, { header })),
    plain: async (body, headers = {}) => ({
      path: '/v1/query',
      body,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    }),
  }
})
afterAll(() => city?.stop())

const records = async (): Promise<number> =>
  Number((await city.sql<{ n: string }>('select count(*) as n from records'))[0]!.n)
const providerCalls = (): number =>
  Object.values(city.providers.services).reduce((sum, service) => sum + service.calls(), 0)
const assertProblem = (answered: Answered, language: 'zh' | 'en'): Record<string, unknown> => {
  expect(answered.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(answered.headers['content-language']).toBe(language)
  const problem = answered.json()
  expect(problem).toMatchObject({ status: answered.status, type: `urn:guanyi:problem:${problem.code}` })
  expect(/\p{Script=Han}/u.test(String(problem.title))).toBe(language === 'zh')
  return problem
}

describe('bad input', () => {
  it('the request every row spoils is itself released', async () => {
    const answered = await call(city.gateway.dataUrl, await tools.signed(tools.payload()))
    expect(answered.status, answered.text).toBe(200)
  })

  it.each(ROWS.map((row, at) => ({ ...row, language: at % 3 === 0 ? ('en' as const) : ('zh' as const) })))(
    '$name → $status $code, $by',
    async ({ make, status, code, by, rule, language }) => {
      const sent = await make(tools)
      const before = { records: await records(), calls: providerCalls() }
      const answered = await call(city.gateway.dataUrl, {
        ...sent,
        headers: { ...sent.headers, ...(language === 'en' && { 'accept-language': 'en-GB, zh;q=0.5' }) },
      })
      const problem = assertProblem(answered, language)
      expect({ status: answered.status, code: problem.code }, answered.text).toEqual({ status, code })
      if (rule !== undefined) expect(problem.reasons, answered.text).toContainEqual(expect.objectContaining({ rule }))
      for (const needle of NEEDLES) expect(answered.text).not.toContain(needle)
      expect(providerCalls()).toBe(before.calls)
      expect(await records()).toBe(before.records + (by === 'sender' ? 1 : 0))
      if (by === 'sender') {
        const [last] = await city.sql<{ code: string; entry: Buffer; exchange_id: string }>(
          'select code, entry, exchange_id from records order by index desc limit 1',
        )
        expect(last!.code).toBe(code)
        expect(problem.instance).toBe(`/v1/exchanges/${last!.exchange_id}`)
        for (const needle of NEEDLES) expect(last!.entry.toString()).not.toContain(needle)
      } else expect(problem.instance).toBeUndefined()
    },
  )
})
