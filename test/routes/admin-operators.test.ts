import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { containsPersonalIdentifier } from '../../gateway/identifiers/index.ts'
import { type Management, management, PEOPLE, registryEntry, tokenForm, type Who } from '../operators/management.ts'

describe('operators at the management plane', () => {
  let plane: Management
  beforeAll(async () => {
    plane = await management()
  })
  afterAll(() => plane.stop())
  beforeEach(() => {
    plane.refusals.length = 0
  })
  const me = (token?: string, language = 'zh') =>
    plane.app().request('/admin/v1/operators/me', {
      headers: { 'accept-language': language, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    })
  const everyone = () => ({
    operators: (['system', 'security', 'audit'] as Who[]).map((who) => registryEntry(who, plane.keys[who])),
  })

  it.each(['system', 'security', 'audit'] as const)(
    'a token for the %s administrator says who they are',
    async (who) => {
      const answer = await me(await plane.token(who))
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(await answer.json()).toMatchObject({ ...PEOPLE[who], member: 'rc-dsj' })
    },
  )

  it('tokens live 300 s and are for this plane', async () => {
    const answer = await plane.app().request('/oauth/token', tokenForm(await plane.assertion('audit')))
    const { access_token, expires_in } = (await answer.json()) as { access_token: string; expires_in: number }
    expect(expires_in).toBe(300)
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1]!, 'base64url').toString())
    expect(claims).toMatchObject({ aud: 'guanyi:test#management', sub: 'op-audit' })
    plane.clock.ms += 331_000
    expect(await (await me(access_token)).json()).toMatchObject({ code: 'request.expired' })
  })

  it.each<{ name: string; changes: Record<string, unknown>; code: string }>([
    { name: 'another audience', changes: { aud: 'guanyi:elsewhere' }, code: 'request.malformed' },
    { name: 'a longer life', changes: { exp: 9_999_999_999 }, code: 'request.malformed' },
    { name: 'no id', changes: { jti: undefined }, code: 'request.malformed' },
    { name: 'another subject', changes: { sub: 'op-system' }, code: 'request.malformed' },
    { name: 'an unknown operator', changes: { iss: 'op-nobody', sub: 'op-nobody' }, code: 'identity.unknown' },
    { name: 'somebody else’s id', changes: { iss: 'op-system', sub: 'op-system' }, code: 'request.signature' },
    { name: 'an old one', changes: { iat: 1_000_000, exp: 1_000_060 }, code: 'request.expired' },
  ])('an assertion with $name gets no token, and the refusal is counted', async ({ changes, code }) => {
    const answer = await plane.app().request('/oauth/token', tokenForm(await plane.assertion('audit', changes)))
    expect(await answer.json()).toMatchObject({ code })
    expect(plane.refusals).toEqual([code])
  })

  it('an assertion is used once', async () => {
    const form = tokenForm(await plane.assertion('audit'))
    expect((await plane.app().request('/oauth/token', form)).status).toBe(200)
    const again = await plane.app().request('/oauth/token', form)
    expect(await again.json()).toMatchObject({ code: 'request.replayed', error: 'invalid_client' })
  })

  it('is closed without a token, in both languages', async () => {
    expect(await (await me()).json()).toMatchObject({
      code: 'request.unsigned',
      detail: expect.stringMatching(/操作员密钥/),
    })
    expect(await (await me(undefined, 'en')).json()).toMatchObject({ detail: expect.stringMatching(/operator key/) })
    expect(await (await me('e30.e30.e30')).json()).toMatchObject({ code: 'request.signature' })
    expect(plane.refusals).toEqual(['request.unsigned', 'request.unsigned', 'request.signature'])
  })

  it('a removed or suspended operator is out within a second, token or not', async () => {
    const token = await plane.token('audit')
    await plane.writeRegistry({ operators: everyone().operators.filter(({ id }) => id !== 'op-audit') })
    expect(await (await me(token)).json()).toMatchObject({ code: 'identity.unknown', status: 401 })
    await plane.writeRegistry({
      operators: [registryEntry('audit', plane.keys.audit, { status: 'suspended' })],
    })
    expect(await (await me(token)).json()).toMatchObject({ code: 'identity.suspended', status: 403 })
    const noToken = await plane.app().request('/oauth/token', tokenForm(await plane.assertion('audit')))
    expect(await noToken.json()).toMatchObject({ code: 'identity.suspended' })
    await plane.writeRegistry(everyone())
    expect((await me(token)).status).toBe(200)
  })

  it('a faulty registry closes the plane and says so', async () => {
    const token = await plane.token('audit')
    await plane.writeRegistry('{ not json')
    const answer = await me(token)
    expect(answer.status).toBe(500)
    expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/名册有误/) })
    await plane.writeRegistry(everyone())
    expect((await me(token)).status).toBe(200)
  })

  it('a role other than the one asked for is refused, and the attempt is in the log first', async () => {
    const { Hono } = await import('hono')
    const closed = new Hono().get('/admin/v1/closed/:id', async (c) =>
      c.json(await plane.gate.require(c as never, 'audit-administrator')),
    )
    const answer = await plane.app(closed as never).request('/admin/v1/closed/371099199001010019', {
      headers: { authorization: `Bearer ${await plane.token('system')}` },
    })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({
      code: 'access.denied',
      reasons: [{ rule: 'role', message: expect.stringMatching(/系统管理员无权.*审计管理员/) }],
    })
    const last = (await plane.entries()).at(-1)!
    expect(last).toMatchObject({
      kind: 'administration',
      verb: 'gate.refused',
      target: 'GET /admin/v1/closed/:id',
      member: 'rc-dsj',
      system: 'operator',
      subject: null,
      details: { role: 'system-administrator', required: 'audit-administrator' },
    })
    expect(containsPersonalIdentifier(JSON.stringify(last))).toBe(false)
    expect(JSON.stringify(last)).not.toContain('op-system')
  })

  it('guessing is slowed, address by address', async () => {
    const guess = () => plane.app().request('/oauth/token', tokenForm('e30.e30.e30'))
    let answer = await guess()
    for (let n = 0; n < 250 && answer.status !== 429; n++) answer = await guess()
    expect(await answer.json()).toMatchObject({ code: 'quota.exceeded', retryAfterSeconds: expect.any(Number) })
  })
})
