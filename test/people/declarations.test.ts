import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { generateJwk, importSigningJwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import { createPostgresExchangeLog } from '../../gateway/adapters/postgres/log/exchange-log.ts'
import { createPostgresRetentionStore } from '../../gateway/adapters/postgres/retention/store.ts'
import { signCompactJws } from '../../gateway/jose/compact-jws.ts'
import type { Operator } from '../../gateway/operators/types.ts'
import { createAdministrativeRecords } from '../../gateway/record/administrative.ts'
import { createExchangeId } from '../../gateway/record/exchange-id.ts'
import { createSubjectDigests } from '../../gateway/record/subject-digests.ts'
import { eraseRecord } from '../../gateway/retention/erase.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { HUSBAND, OPERATORS, WIFE } from '../../seeds/population/cast.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

const ISSUER = 'https://id.weihai.example'
const CASE = '11371082PDY003018B3370705001001202611207501'
const PHONE = '13900000075'
const DAY_MS = 86_400_000
const crypto = createSoftwareCrypto()
const person = ({ id, name }: { id: string; name: string }) => ({ type: 'person', idType: 'resident-id', id, name })
const day = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
type Any = any
interface Got {
  status: number
  body: Any
}

let clock = 0
const now = (): number => Date.now() + clock
let seeded: Seeded
const identityKey = generateJwk('ES256', 'idp-75')
beforeAll(async () => {
  const dir = mkdtempSync(join(inject('runDir'), 'people-'))
  const jwks = join(dir, 'identity.jwks.json')
  writeFileSync(jwks, JSON.stringify({ keys: [toPublicJwk(importSigningJwk({ ...identityKey }))] }))
  seeded = await seededGateway({ now, env: { GUANYI_IDENTITY_ISSUER: ISSUER, GUANYI_IDENTITY_JWKS_FILE: jwks } })
})
afterAll(() => seeded?.stop())

async function send(system: string, op: string, members: object, path = op): Promise<Got> {
  const { body } = await seeded.client(system).signRequest(op as 'query', members as never)
  const headers = { 'content-type': 'application/jose' }
  const response = await fetch(`${seeded.gateway.dataUrl}/v1/${path}`, { method: 'POST', headers, body })
  return { status: response.status, body: await response.json() }
}

const declaration = (change: object = {}): object => ({
  declarationId: `d-${randomBytes(6).toString('hex')}`,
  scenario: 'P5.1',
  item: 'rongcheng-p-055',
  case: CASE,
  purpose: '新建商品房网签备案',
  operator: { ...OPERATORS.land },
  subject: person(HUSBAND),
  dataset: 'declared-contact',
  values: { phone: PHONE },
  verification: {
    method: 'contact',
    at: new Date(now() - 60_000).toISOString(),
    validUntil: day(now() + 100 * DAY_MS),
  },
  ...change,
})
const declare = (change: object = {}, system = 'rc-land') => send(system, 'declarations', declaration(change))
const ASK = {
  scenario: 'P5.5',
  item: 'rongcheng-p-067-1',
  case: CASE,
  purpose: '购房提取住房公积金核验',
  operator: { ...OPERATORS.land },
  subject: person(HUSBAND),
  fields: ['declared-contact.phone'],
}
const read = (subject = person(HUSBAND)) => send('rc-fund', 'query', { ...ASK, subject })
const fill = async (system: string, item: string, purpose: string): Promise<Any> => {
  const subjects = { subject: person(HUSBAND), spouse: person(WIFE) }
  const { body } = await send(system, 'prefill', { item, purpose, case: CASE, operator: OPERATORS.land, subjects })
  return body.fields.find(({ id }: { id: string }) => id === 'phone')
}
const myData = async (subject: { id: string }): Promise<Any> => {
  const iat = Math.floor(now() / 1000)
  const jti = randomBytes(16).toString('base64url')
  const claims = {
    iss: ISSUER,
    aud: GATEWAY_ID,
    iat,
    exp: iat + 200,
    jti,
    sub: 'u-1',
    idType: 'resident-id',
    id: subject.id,
  }
  const token = await signCompactJws(
    crypto,
    importSigningJwk({ ...identityKey }),
    { typ: 'JWT' },
    JSON.stringify(claims),
  )
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const response = await fetch(`${seeded.gateway.dataUrl}/v1/my-data`, { method: 'POST', headers, body: '{}' })
  return await response.json()
}

describe('reported once (最多报一次)', () => {
  it('what one department declares fills the form of another, which sees whose word it is', async () => {
    expect(await fill('rc-land', 'rongcheng-p-055', '新建商品房网签备案')).toMatchObject({ empty: 'not-found' })
    // A cached "not found" must not survive the declaration.
    expect((await read()).body.sources['declared-contact'].status).toBe('not-found')
    expect((await read()).body.sources['declared-contact'].cache).toBe('hit')

    const declared = await declare()
    expect(declared.status).toBe(200)

    expect(await fill('rc-fund', 'rongcheng-p-067-1', '购房提取住房公积金核验')).toMatchObject({
      value: PHONE,
      editable: true,
      source: {
        kind: 'data',
        dataset: 'declared-contact',
        provider: 'rc-dsjzx',
        declared: { by: 'rc-zrzyj', method: 'contact', exchange: declared.body.exchangeId },
      },
    })
    const answer = (await read()).body
    expect(answer.data).toEqual({ 'declared-contact': { phone: PHONE } })
    const source = answer.sources['declared-contact']
    expect(source.asOf).toBe(source.declared[0].verifiedAt)
    expect(source.declared).toEqual([
      expect.objectContaining({ fields: ['phone'], by: 'rc-zrzyj', validUntil: day(now() + 100 * DAY_MS) }),
    ])
    // Cached answers say it too.
    expect((await read()).body.sources['declared-contact']).toMatchObject({ cache: 'hit', declared: source.declared })
  })

  it('the record says who, whom by commitment and under which grant, and no value is anywhere in clear', async () => {
    const { body } = await declare({ values: { phone: '13911112222', email: 'ce-shi@example.invalid' } })
    const [record] = await seeded.sql<{ entry: Buffer; mode: string; grants: string[] }>(
      'select entry, mode, grants from records where exchange_id = $1',
      [body.exchangeId],
    )
    const entry = JSON.parse(record!.entry.toString())
    expect(record).toMatchObject({ mode: 'declarations', grants: ['grant-p5.1-zrzyj-declare'] })
    expect(entry).toMatchObject({
      kind: 'declaration',
      member: 'rc-zrzyj',
      fields: ['declared-contact.phone', 'declared-contact.email'],
      details: { method: 'contact' },
      commitments: { content: expect.any(String), operator: expect.any(String) },
    })
    const rows = await seeded.sql<{ row: string }>(
      `select d::text as row from declarations d union all select encode(sealed, 'escape') from declared_values
       union all select convert_from(entry, 'UTF8') from records`,
    )
    const all = rows.map(({ row }) => row).join('\n') + seeded.logLines.join('\n')
    for (const secret of ['13911112222', PHONE, 'ce-shi', HUSBAND.id, HUSBAND.name, OPERATORS.land.name])
      expect(all.includes(secret)).toBe(false)
  })

  it('sent again it gets the first answer and a record that names the first; another content under the id is a conflict', async () => {
    const same = {
      declarationId: 'same-75',
      verification: { method: 'visit', at: new Date(now() - 1000).toISOString(), validUntil: day(now() + DAY_MS) },
    }
    const first = await declare(same)
    const again = await declare(same)
    expect(again).toEqual(first)
    const repeats = await seeded.sql<{ entry: Any }>(
      `select convert_from(entry, 'UTF8')::jsonb as entry from records
        where convert_from(entry, 'UTF8')::jsonb #>> '{details,repeatOf}' = $1`,
      [first.body.exchangeId],
    )
    expect(repeats).toHaveLength(1)
    expect(repeats[0]!.entry).toMatchObject({
      kind: 'declaration',
      outcome: 'released',
      grants: ['grant-p5.1-zrzyj-declare'],
      details: { declarationId: 'same-75' },
      commitments: { operator: expect.any(String) },
    })
    const other = await declare({ ...same, values: { phone: '13900000076' } })
    expect([other.status, other.body.code, other.body.reasons[0].rule]).toEqual([
      409,
      'request.replayed',
      'declaration-id',
    ])
    expect((await read()).body.data['declared-contact'].phone).toBe(PHONE)
  })

  it('sent twice at once it is one declaration, and each call has its record', async () => {
    const verification = { method: 'visit', at: new Date(now() - 1000).toISOString(), validUntil: day(now() + DAY_MS) }
    const same = { declarationId: 'at-once-75', verification }
    const answers = await Promise.all(Array.from({ length: 4 }, () => declare(same)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const [exchangeId, ...others] = new Set(answers.map(({ body }) => body.exchangeId))
    expect(others).toEqual([])
    const rows = await seeded.sql<{ repeat_of: string | null }>(
      `select convert_from(entry, 'UTF8')::jsonb #>> '{details,repeatOf}' as repeat_of from records
        where convert_from(entry, 'UTF8')::jsonb #>> '{details,declarationId}' = 'at-once-75' order by index`,
    )
    expect(rows.map((row) => row.repeat_of)).toEqual([null, exchangeId, exchangeId, exchangeId])
  })

  it('a newer one supersedes, and does not give way to the older when it runs out', async () => {
    const at = new Date(now() - 1000).toISOString()
    await declare({
      values: { phone: '13900000077' },
      verification: { method: 'document', at, validUntil: day(now() + DAY_MS) },
    })
    expect((await read()).body.data['declared-contact'].phone).toBe('13900000077')
    clock = 3 * DAY_MS
    try {
      expect((await read()).body.sources['declared-contact'].status).toBe('not-found')
    } finally {
      clock = 0
    }
  })

  it.each<[string, object, string, number, string, string?]>([
    ['a field the dataset does not have', { values: { shoeSize: '43' } }, 'rc-land', 422, 'field.unknown'],
    [
      'a dataset with a source of its own',
      { dataset: 'household-registration', values: { address: 'x' } },
      'rc-land',
      403,
      'access.denied',
      'not-declarable',
    ],
    ['a dataset nobody knows', { dataset: 'no-such-thing', values: { phone: PHONE } }, 'rc-land', 403, 'access.denied'],
    [
      'a department without a grant to declare',
      { scenario: 'P5.5', item: 'rongcheng-p-067-1', purpose: '购房提取住房公积金核验' },
      'rc-fund',
      403,
      'access.denied',
    ],
    ['another department’s grant', {}, 'rc-fund', 403, 'access.denied'],
    ['a value that is too long', { values: { phone: '1'.repeat(21) } }, 'rc-land', 400, 'request.malformed', 'value'],
    ['a value of another type', { values: { phone: 13900000075 } }, 'rc-land', 400, 'request.malformed', 'value'],
    [
      'a value with control characters',
      { values: { phone: '139\n0000' } },
      'rc-land',
      400,
      'request.malformed',
      'value',
    ],
    ['no value', { values: { phone: null } }, 'rc-land', 400, 'request.malformed'],
    ['prototype names', { values: { constructor: 'x' } }, 'rc-land', 422, 'field.unknown'],
    [
      'a subject the dataset is not about',
      { subject: { type: 'organisation', idType: 'uscc', id: '91371082PDY1000107' } },
      'rc-land',
      422,
      'subject.invalid',
    ],
    [
      'an identifier in its id',
      { declarationId: HUSBAND.id },
      'rc-land',
      400,
      'request.malformed',
      'identifier-in-text',
    ],
  ])('%s is refused, and the refusal says no value', async (_name, change, system, status, code, rule) => {
    const got = await declare(change, system)
    expect([got.status, got.body.code]).toEqual([status, code])
    if (rule !== undefined) expect(got.body.reasons.map((reason: Any) => reason.rule)).toContain(rule)
    expect(JSON.stringify(got.body)).not.toMatch(/139\d{4}|1{21}/)
  })

  it('a case the grant demands may not be missing', async () => {
    const { case: _case, ...without } = declaration() as Any
    expect((await send('rc-land', 'declarations', without)).body.code).toBe('access.denied')
  })

  it.each([
    ['a verification in the future', { at: new Date(Date.now() + DAY_MS).toISOString() }],
    ['a validity that has ended', { validUntil: day(Date.now() - DAY_MS) }],
    ['a validity beyond what the dataset allows', { validUntil: day(Date.now() + 800 * DAY_MS) }],
    ['a day that does not exist', { validUntil: '20270231' }],
  ])('%s is refused', async (_name, change) => {
    const verification = {
      method: 'contact',
      at: new Date(now() - 1000).toISOString(),
      validUntil: day(now() + DAY_MS),
      ...change,
    }
    expect((await declare({ verification })).body.code).toBe('request.malformed')
  })

  it('a token is not enough', async () => {
    const { body } = await seeded.client('rc-land').signRequest('declarations' as 'query', declaration() as never)
    const token = await seeded.client('rc-land').get('/v1/catalog/datasets/declared-contact')
    expect(token.status).toBe(200)
    const plain = JSON.parse(Buffer.from(body.split('.')[1]!, 'base64url').toString())
    const { iss: _iss, aud: _aud, op: _op, iat: _iat, exp: _exp, ...members } = plain
    const iat = Math.floor(now() / 1000)
    const claims = {
      iss: 'rc-land',
      sub: 'rc-land',
      aud: GATEWAY_ID,
      iat,
      exp: iat + 60,
      jti: randomBytes(16).toString('base64url'),
    }
    const key = importSigningJwk({ ...seeded.installation.systemKeys.get('rc-land')!.jwk })
    const granted = await fetch(`${seeded.gateway.dataUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await signCompactJws(crypto, key, { typ: 'JWT' }, JSON.stringify(claims)),
      }),
    })
    const { access_token } = (await granted.json()) as { access_token: string }
    const response = await fetch(`${seeded.gateway.dataUrl}/v1/declarations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${access_token}` },
      body: JSON.stringify(members),
    })
    expect([response.status, ((await response.json()) as Any).code]).toEqual([401, 'request.unsigned'])
  })

  it('a revoked grant stops the next declaration at once', async () => {
    const grants = createPostgresGrantStore({ url: seeded.ownerUrl, listen: false })
    try {
      await grants.setStatus('grant-p5.1-zrzyj-declare', 'suspended', 'op-security', '测试')
      expect((await declare()).body.code).toBe('grant.suspended')
      await grants.setStatus('grant-p5.1-zrzyj-declare', 'active', 'op-security', '测试')
      await expect.poll(async () => (await declare()).status, { timeout: 5_000 }).toBe(200)
    } finally {
      await grants.close()
    }
  })

  it('the subject sees that it is kept, by whom and until when, and not what it says', async () => {
    const { declared } = await myData(HUSBAND)
    expect(declared[0]).toMatchObject({
      department: { id: 'rc-zrzyj' },
      dataset: { id: 'declared-contact', name: '申请人申报的联系信息' },
      fields: [{ id: 'declared-contact.phone', state: 'in-force' }],
    })
    expect(declared.at(-1).fields[0].state).toBe('superseded')
    expect(JSON.stringify(declared)).not.toContain('139')
    expect((await myData(WIFE)).declared).toEqual([])
  })

  it('a correction strikes it: nothing is read any more until it is declared anew', async () => {
    const { body: answer } = await read()
    const opened = await send('rc-fund', 'corrections', {
      action: 'open',
      exchange: answer.exchangeId,
      dataset: 'declared-contact',
      fields: ['declared-contact.phone'],
      subject: person(HUSBAND),
      text: '号码已停用',
    })
    expect(opened.status).toBe(200)
    const { number } = opened.body
    const closed = await send('rc-bigdata', 'corrections', {
      action: 'answer',
      number,
      result: 'corrected',
      text: '已核实，注销',
    })
    expect(closed.status).toBe(200)
    expect((await read()).body.sources['declared-contact'].status).toBe('not-found')
    const states = (await myData(HUSBAND)).declared.flatMap(({ fields }: Any) => fields)
    expect(states.filter(({ id }: Any) => id === 'declared-contact.phone').map(({ state }: Any) => state)).toEqual(
      states.filter(({ id }: Any) => id === 'declared-contact.phone').map(() => 'struck'),
    )
    expect(states.find(({ id }: Any) => id === 'declared-contact.email').state).toBe('in-force')
    await declare({ values: { phone: '13900000078' } })
    expect((await read()).body.data['declared-contact'].phone).toBe('13900000078')
  })

  it('erased under a legal duty it is gone, from the cache too, and what it had replaced does not come back', async () => {
    const { body: newest } = await declare({ values: { phone: '13900000079' } })
    expect((await read()).body.data['declared-contact'].phone).toBe('13900000079')
    expect((await read()).body.sources['declared-contact'].cache).toBe('hit')
    const log = createPostgresExchangeLog({ url: seeded.ownerUrl })
    const store = createPostgresRetentionStore({ url: seeded.ownerUrl })
    try {
      const key = { id: 'k1', bytes: Buffer.alloc(32, 1) }
      const records = createAdministrativeRecords({
        gatewayId: GATEWAY_ID,
        log,
        crypto,
        digests: createSubjectDigests(crypto, key),
        sealKey: key,
        catalogVersion: () => 'c1',
        policyVersion: () => 'p1',
        newId: createExchangeId((bytes) => crypto.random(bytes)),
        now,
      })
      const operator: Operator = {
        id: 'op-security',
        name: '测试安管',
        role: 'security-administrator',
        member: 'rc-dsj',
      }
      const demand = { exchangeId: newest.exchangeId, reason: '依当事人申请', legalDuty: '个人信息保护法第四十七条' }
      await eraseRecord({ store, records }, operator, demand)
    } finally {
      await store.close()
      await log.close()
    }
    const answered = async () => (await read()).body.sources['declared-contact'].status
    await expect.poll(answered, { timeout: 5_000 }).toBe('not-found')
    const left = await seeded.sql('select from change_notices where exchange_id = $1', [newest.exchangeId])
    expect(left).toEqual([])
    await declare({ values: { phone: '13900000080' } })
    expect((await read()).body.data['declared-contact'].phone).toBe('13900000080')
  })
})
