import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importVerificationJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { loadInstallationKeys } from '../../gateway/adapters/files/installation-keys.ts'
import { verifyEvidence } from '../../gateway/client/index.ts'
import { CODES } from '../../gateway/dialects/national/answer.ts'
import { createSecretSeal } from '../../gateway/dialects/secret-seal.ts'
import { requestChecks } from '../../gateway/evidence-package/checks/request.ts'
import { readEntry } from '../../gateway/evidence-package/entry-view.ts'
import { FILE } from '../../gateway/evidence-package/names.ts'
import { FATHER, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { run } from '../cli/run.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { call, newJti, tokenFor } from '../support/wire.ts'
import { ask, freshTime, marks, type OldAnswer, type OldCaller } from './old-caller.ts'
import { admit, enrolmentProfile, RID, revoke, SECRET, SID, term } from './profiles.ts'

let city: Seeded
let caller: OldCaller
beforeAll(async () => {
  city = await seededGateway()
  caller = { url: city.gateway.dataUrl, rid: RID, sid: SID, secret: SECRET }
})
afterAll(() => city?.stop())

const CASE = '11371082PDY003018B3370705001001202611200041'
const additional = (changes: object = {}) => ({
  matter: '义务教育入学',
  caseId: CASE,
  sponsorCode: OPERATORS.education.id,
  sponsorName: OPERATORS.education.name,
  sponsorUnit: OPERATORS.education.unit,
  ...changes,
})
const body = (changes: object = {}) => ({ GMSFHM: PUPIL.id, XM: PUPIL.name, additional: additional(), ...changes })

interface Row extends Record<string, unknown> {
  mode: string
  outcome: string
  code: string | null
  system: string
  entry: Record<string, unknown>
}
async function record(id: string | null): Promise<Row | undefined> {
  const [row] = await city.sql<Row & { text: string }>(
    `select mode, outcome, code, system, convert_from(entry, 'UTF8') as text from records where exchange_id = $1`,
    [id],
  )
  return row && { ...row, entry: JSON.parse(row.text) as Record<string, unknown> }
}
const alarms = (rule: string): number => city.logLines.filter((line) => line.includes(`"alarm":"${rule}"`)).length
/** As the owner, past the trigger: what somebody with the database in hand could do. */
const tamper = (change: string): Promise<unknown> =>
  city.sql(
    `alter table dialect_profiles disable trigger append_only; ${change};
     alter table dialect_profiles enable always trigger append_only`,
  )

describe('before anybody is admitted', () => {
  it.each(['/httpproxy', '/gateway/api/1/household'])('%s does not exist', async (path) => {
    const answered = await call(caller.url, { path, headers: marks(caller, freshTime()), body: '{}' })
    expect([answered.status, answered.json().code]).toEqual([404, 'request.unknown-resource'])
  })
})

describe('admission', () => {
  it.each<{ name: string; change: object; given?: Parameters<typeof admit>[2]; said: RegExp }>([
    {
      name: 'a field the catalogue has not',
      change: { fields: { A: 'household-registration.nothing' } },
      said: /没有这个信息项/,
    },
    {
      name: 'fields of two datasets',
      change: { fields: { A: 'household-registration.address', B: 'real-estate.location' } },
      said: /一份方案只含一个数据资源/,
    },
    { name: 'a party’s field', change: { fields: { A: 'guardian:household-registration.address' } }, said: /当事人/ },
    { name: 'a term of two years', change: { term: term(Date.now(), 0, 730) }, said: /366 天/ },
    {
      name: 'a source that insists on the officer’s unit',
      change: { caller: { case: 'additional.caseId', operator: { id: 'additional.sponsorCode' } } },
      said: /经办人所在单位/,
    },
    { name: 'no addresses', change: { networks: [] }, said: /networks/ },
    { name: 'a member with two uses', change: { ignored: ['GMSFHM'] }, said: /两种用途/ },
    { name: 'a short secret', change: {}, given: { secret: 'test-secret' }, said: /共享密钥/ },
    { name: 'an operator of another role', change: {}, given: { by: 'system' }, said: /安全管理员/ },
    { name: 'a member that is not the writer’s', change: { price: 'free' }, said: /price/ },
  ])('refuses $name', async ({ change, given, said }) => {
    const ran = await admit(city, enrolmentProfile({ term: term(), ...change }), given)
    expect(ran.code).not.toBe(0)
    expect(ran.out + ran.err).toMatch(said)
    expect(await city.sql('select from dialect_profiles')).toEqual([])
  })

  it('refuses a reason that names a person, and admits nobody', async () => {
    const ran = await admit(city, enrolmentProfile({ term: term() }), { reason: `应 ${PUPIL.id} 申请` })
    expect([ran.code, /身份标识/.test(ran.out + ran.err)]).toEqual([1, true])
    expect(await city.sql('select from dialect_profiles')).toEqual([])
  })

  it('is signed by the security administrator, recorded, and listed with the days left', async () => {
    const ran = await admit(city, enrolmentProfile({ term: term() }))
    expect(ran.code, ran.err).toBe(0)
    const act = await record(String(ran.json().act))
    expect(act?.entry).toMatchObject({ verb: 'dialect.admit', target: 'dialect-profile:dp-enrolment-1' })
    const again = await admit(city, enrolmentProfile({ term: term() }))
    expect([again.code, /编号已用过/.test(again.out + again.err)]).toEqual([1, true])
    const foreign = await admit(city, enrolmentProfile({ id: 'dp-other', system: 'rc-civil', term: term() }))
    expect([foreign.code, /属于另一系统/.test(foreign.out + foreign.err)]).toEqual([1, true])
    const listed = await run(['dialect', 'list', '--json'], { env: city.installation.env })
    expect(JSON.parse(listed.out)).toMatchObject([{ id: 'dp-enrolment-1', state: 'in-force', daysLeft: 80 }])
    expect((await run(['dialect', 'list'], { env: city.installation.env })).out).toMatch(/在用.*80/)
  })
})

describe('an old caller', () => {
  it('is answered in its own form, with the number of the record and the evidence', async () => {
    const { status, said, headers } = await ask(caller, body())
    expect([status, said.code, said.message]).toEqual([200, '0', '成功'])
    expect(said.data).toEqual([{ ZZ: expect.stringMatching(/荣成/), HZ: FATHER.name }])
    expect(headers['x-exchange-id']).toBe(said.requestId)
    const jwks = (await call(caller.url, { method: 'GET', path: '/.well-known/jwks.json' })).json() as {
      keys?: Record<string, unknown>[]
    }
    const keys = new Map(jwks.keys!.map(importVerificationJwk).map((key) => [key.kid, key]))
    const verified = await verifyEvidence(said.evidence!, {
      crypto: createSoftwareCrypto(),
      resolveKey: async (kid) => keys.get(kid),
    })
    expect(verified.ok).toBe(true)
    expect(verified.ok && verified.claims).toMatchObject({ aud: 'rc-enrolment', jti: said.requestId })
  })

  it('is recorded like a request of today with a token, but for the dialect', async () => {
    const old = await ask(caller, body())
    const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
    const { access_token } = (await tokenFor(caller.url, 'rc-enrolment', key)).json()
    const modern = await call(caller.url, {
      path: '/v1/query',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${access_token}` },
      body: JSON.stringify({
        jti: newJti(),
        scenario: 'P2.1',
        item: 'rongcheng-p-008',
        case: CASE,
        purpose: '义务教育入学资格核验',
        operator: { ...OPERATORS.education, assurance: 'asserted' },
        subject: { type: 'person', idType: 'resident-id', id: PUPIL.id, name: PUPIL.name },
        fields: ['household-registration.address', 'household-registration.householder'],
      }),
    })
    expect(modern.status, modern.text).toBe(200)
    const [was, is] = [await record(old.said.requestId), await record(String(modern.json().exchangeId))]
    const { dialect, ...rest } = was!.entry
    expect(dialect).toEqual({
      name: 'gjgxjhpt',
      profile: 'dp-enrolment-1',
      document: expect.stringMatching(/^[\w-]{43}$/),
    })
    // What belongs to one call alone, and commitments, which every record salts anew.
    const own = ['at', 'receivedAt', 'durationMs', 'exchangeId', 'evidenceHash', 'question', 'requestHash', 'sources']
    const comparable = (entry: Record<string, unknown>) =>
      JSON.parse(JSON.stringify(entry), (name, value) =>
        own.includes(name) ? '…' : name === 'commitment' ? 'committed' : value,
      )
    expect(comparable(rest)).toEqual(comparable(is!.entry))
    expect([was!.mode, was!.outcome, was!.system]).toEqual(['query', 'released', 'rc-enrolment'])
    const [digests] = await city.sql<{ n: string; m: string }>(
      `select count(distinct subject_digest) as n, count(distinct operator_digest) as m from record_sides s
         join exchange_ids x on x.index = s.index where x.exchange_id = any ($1)`,
      [[old.said.requestId, modern.json().exchangeId]],
    )
    expect(digests).toEqual({ n: '1', m: '1' })
  })

  it('may send a form, at the path of its own interface', async () => {
    const flat = {
      id: 'dp-form',
      sid: 's_371082000000_0002',
      path: '/gateway/api/1/household',
      subject: { type: 'person', idType: 'resident-id', id: 'sfzh', name: 'xm' },
      caller: { case: 'bjbh', operator: { id: 'jbr', unit: 'ks' } },
      fixed: {},
      ignored: [],
    }
    expect((await admit(city, enrolmentProfile({ ...flat, term: term() }))).code).toBe(0)
    const form = new URLSearchParams({
      sfzh: PUPIL.id,
      xm: PUPIL.name,
      bjbh: CASE,
      jbr: 'jyj-0231',
      ks: '义务教育科',
    }).toString()
    const other = { ...caller, sid: flat.sid, path: flat.path }
    const type = 'application/x-www-form-urlencoded'
    expect((await ask(other, form, { type })).said.code).toBe('0')
    expect((await ask(other, `${form}&sfzh=1`, { type })).said.code).toBe(CODES['request.malformed'])
    expect((await ask({ ...other, path: '/httpproxy' }, form, { type })).said.code).toBe(
      CODES['request.unknown-resource'],
    )
  })

  it('hears that nothing was found as an answer, and never as proof', async () => {
    const { said } = await ask(caller, body({ GMSFHM: '371099201512310019', XM: '测试无人' }))
    expect(said).toMatchObject({ code: '0', data: [], message: expect.stringContaining('不作为不存在的证明') })
  })

  it('can be checked from an evidence package: the body as it came names the subject and the operator', async () => {
    const { said } = await ask(caller, body())
    const [row] = await city.sql<{ entry: Buffer; salt: Buffer; sealed: Buffer }>(
      `select r.entry, s.salt, s.sealed_request as sealed from records r join record_sides s
         on s.index = r.index and s.recorded_at = r.recorded_at where r.exchange_id = $1`,
      [said.requestId],
    )
    const crypto = createSoftwareCrypto()
    const keys = await loadInstallationKeys(city.installation.env.GUANYI_KEYS_DIR!)
    const opened = crypto.open('A256GCM', keys.secret('record-seal'), row!.sealed, `request:${said.requestId}`)
    expect(JSON.parse(opened.toString())).toEqual(body())
    const checks = async (request: Buffer) => {
      const files = new Map([
        [FILE.requestJson, request],
        [FILE.salt, Buffer.from(row!.salt.toString('base64url'))],
      ])
      const found = await requestChecks({ files, entry: readEntry(row!.entry), crypto } as never)
      return Object.fromEntries(found.map(({ id, result }) => [id, result]))
    }
    expect(await checks(opened)).toEqual({
      'request-signature': 'not-applicable',
      'request-commitment': 'passed',
      'subject-commitment': 'passed',
    })
    expect(await checks(Buffer.from(JSON.stringify(body({ GMSFHM: FATHER.id }))))).toMatchObject({
      'request-commitment': 'failed',
      'subject-commitment': 'failed',
    })
  })
})

describe('who cannot be established is refused, counted and not recorded', () => {
  const records = async () => Number((await city.sql<{ n: string }>('select count(*) as n from records'))[0]!.n)
  it.each<{ name: string; headers: () => Record<string, string>; code: keyof typeof CODES }>([
    { name: 'no headers', headers: () => ({}), code: 'request.unsigned' },
    {
      name: 'a sign that is no HMAC',
      headers: () => ({ ...marks(caller, freshTime()), gjgxjhpt_sign: 'AAAA' }),
      code: 'request.unsigned',
    },
    {
      name: 'an unknown requester',
      headers: () => marks({ ...caller, rid: '00000000-0000-4000-8000-00000000000f' }, freshTime()),
      code: 'identity.unknown',
    },
    {
      name: 'another secret',
      headers: () => marks({ ...caller, secret: 'another-callers-secret-0002' }, freshTime()),
      code: 'request.signature',
    },
    {
      name: 'the sign of another time',
      headers: () => ({ ...marks(caller, freshTime()), gjgxjhpt_rtime: String(freshTime()) }),
      code: 'request.signature',
    },
    {
      name: 'the sign of another service',
      headers: () => ({ ...marks(caller, freshTime()), gjgxjhpt_sid: 's_371082000000_0002' }),
      code: 'request.signature',
    },
  ])('$name', async ({ headers, code }) => {
    const before = await records()
    const { status, said } = await ask(caller, body(), { headers: headers() })
    expect(said).toMatchObject({ code: CODES[code], data: null, requestId: null })
    expect(status).toBe(200)
    expect(await records()).toBe(before)
  })

  it('another system’s secret does not pass for this one’s', async () => {
    const rid = '00000000-0000-4000-8000-000000000002'
    const profile = enrolmentProfile({ id: 'dp-civil', system: 'rc-civil', rid, term: term() })
    expect((await admit(city, profile, { secret: 'civil-affairs-secret-0003' })).code).toBe(0)
    const { said } = await ask({ ...caller, secret: 'civil-affairs-secret-0003' }, body())
    expect(said.code).toBe(CODES['request.signature'])
    // Under its own name the civil affairs system has no grant for this scenario.
    const own = await ask({ ...caller, rid, secret: 'civil-affairs-secret-0003' }, body())
    expect(own.said.code).toBe(CODES['access.denied'])
    expect(await record(own.said.requestId)).toMatchObject({ system: 'rc-civil', outcome: 'refused' })
  })
})

describe('nothing after authentication is weaker', () => {
  it.each<{ name: string; sent: unknown; code: keyof typeof CODES; says: RegExp }>([
    {
      name: 'a grant that requires a case',
      sent: body({ additional: additional({ caseId: '' }) }),
      code: 'access.denied',
      says: /办件编号/,
    },
    {
      name: 'a grant that requires the operator',
      sent: body({ additional: additional({ sponsorCode: '' }) }),
      code: 'access.denied',
      says: /经办人/,
    },
    {
      name: 'a number with a wrong check digit',
      sent: body({ GMSFHM: '371099201907120018' }),
      code: 'subject.invalid',
      says: /主体标识/,
    },
    {
      name: 'a number as a JSON number',
      sent: '{"GMSFHM": 371099201907120017}',
      code: 'request.malformed',
      says: /字符串/,
    },
    {
      name: 'no number',
      sent: { XM: PUPIL.name, additional: additional() },
      code: 'request.malformed',
      says: /缺少入参 GMSFHM/,
    },
    {
      name: 'another matter than the profile’s',
      sent: body({ additional: additional({ matter: '学区房评估' }) }),
      code: 'request.malformed',
      says: /additional\.matter/,
    },
    {
      name: 'a member the profile does not know',
      sent: body({ scenario: 'P5.3' }),
      code: 'request.malformed',
      says: /未约定/,
    },
    {
      name: 'a member twice',
      sent: JSON.stringify(body()).replace('{', `{"GMSFHM":"${FATHER.id}",`),
      code: 'request.malformed',
      says: /重复/,
    },
    {
      name: 'a case that names the subject',
      sent: body({ additional: additional({ caseId: `BJ-${PUPIL.id}` }) }),
      code: 'request.malformed',
      says: /身份标识/,
    },
    { name: 'no JSON', sent: '<xml/>', code: 'request.malformed', says: /JSON/ },
  ])('$name: refused and recorded', async ({ sent, code, says }) => {
    const { said, text } = await ask(caller, sent)
    expect([said.code, said.data], text).toEqual([CODES[code], null])
    expect(said.message).toMatch(says)
    expect(text).not.toContain(PUPIL.id)
    expect(await record(said.requestId)).toMatchObject({ outcome: 'refused', code, system: 'rc-enrolment' })
  })

  it.each([-181_000, 181_000, -86_400_000])('a clock %i ms off is refused and recorded', async (offset) => {
    const { said } = await ask(caller, body(), { headers: marks(caller, freshTime() + offset) })
    expect(said.code).toBe(CODES['request.expired'])
    expect(await record(said.requestId)).toMatchObject({ code: 'request.expired' })
  })

  it('headers are good for one call, whatever body comes with them, also without Redis', async () => {
    const headers = marks(caller, freshTime())
    expect((await ask(caller, body(), { headers })).said.code).toBe('0')
    for (const sent of [body(), body({ GMSFHM: FATHER.id, XM: FATHER.name })]) {
      expect((await ask(caller, sent, { headers })).said).toMatchObject({
        code: '1005',
        message: expect.stringContaining('重新签名'),
        data: null,
        requestId: null,
      })
    }
    city.redis!.kill()
    expect((await ask(caller, body(), { headers })).said.code).toBe('1005')
    const other = marks(caller, freshTime())
    expect((await ask(caller, body(), { headers: other })).said.code).toBe('0')
    expect((await ask(caller, body(), { headers: other })).said.code).toBe('1005')
    await city.redis!.restart()
  })

  it('a grant that requires signed requests is not satisfied by a shared secret', async () => {
    const profile = enrolmentProfile({
      id: 'dp-aid',
      sid: 's_371082000000_0003',
      scenario: 'P2.3',
      item: 'rongcheng-p-014',
      purpose: '家庭经济困难学生认定',
      fields: { DB: 'minimum-living-allowance.receiving' },
      term: term(),
    })
    expect((await admit(city, profile)).code).toBe(0)
    const { said } = await ask({ ...caller, sid: 's_371082000000_0003' }, body())
    expect(said.code).toBe(CODES['access.denied'])
    expect(said.message).toMatch(/逐笔签名/)
    const recorded = await record(said.requestId)
    expect(recorded?.entry).toMatchObject({
      signed: false,
      reasons: expect.arrayContaining([expect.objectContaining({ rule: 'signed-required' })]),
    })
  })

  it('a method other than POST is no call', async () => {
    const answered = await call(caller.url, { method: 'GET', path: '/httpproxy', headers: marks(caller, freshTime()) })
    expect((JSON.parse(answered.text) as OldAnswer).code).toBe(CODES['request.unknown-resource'])
  })
})

describe('a profile that does not hold admits nobody, and is told of', () => {
  const admitted = async (id: string, changes: object = {}) => {
    const sid = `s_371082000000_${id.replaceAll('-', '_')}`
    const ran = await admit(city, enrolmentProfile({ id, sid, term: term(), ...changes }))
    expect(ran.code, ran.err).toBe(0)
    return { ...caller, sid }
  }
  const refused = async (who: OldCaller, rule: string) => {
    const before = alarms(rule)
    const { said } = await ask(who, body())
    expect([said.code, said.data]).toEqual([CODES['access.denied'], null])
    expect(await record(said.requestId)).toMatchObject({ code: 'access.denied', entry: { reasons: [{ rule }] } })
    return alarms(rule) - before
  }

  it('none for the service', async () => {
    expect(await refused({ ...caller, sid: 's_371082000000_9999' }, 'profile-missing')).toBe(1)
  })

  it('altered: another field, in the signed text or beside it', async () => {
    const who = await admitted('dp-altered')
    expect((await ask(who, body())).said.code).toBe('0')
    const [{ document }] = (await city.sql<{ document: string }>(
      `select document from dialect_profiles where id = 'dp-altered'`,
    )) as [{ document: string }]
    const [head, payload, signature] = document.split('.')
    const widened = Buffer.from(payload!, 'base64url')
      .toString()
      .replace('registration.address', 'registration.idNumber')
    await tamper(
      `update dialect_profiles set document = '${head}.${Buffer.from(widened).toString('base64url')}.${signature}' where id = 'dp-altered'`,
    )
    expect(await refused(who, 'profile-altered')).toBe(1)
    // The signed text of one profile put beside the name of another.
    await tamper(
      `update dialect_profiles set document = (select document from dialect_profiles where id = 'dp-enrolment-1') where id = 'dp-altered'`,
    )
    expect(await refused(who, 'profile-altered')).toBe(1)
  })

  it('a caller’s secret moved to another system opens nothing', async () => {
    const rid = '00000000-0000-4000-8000-000000000003'
    const who = { ...(await admitted('dp-moved', { rid })), rid }
    expect((await ask(who, body())).said.code).toBe('0')
    await tamper(`update dialect_profiles set system = 'rc-police' where id = 'dp-moved'`)
    const before = alarms('secret-altered')
    expect((await ask(who, body())).said).toMatchObject({ code: CODES['request.signature'], requestId: null })
    expect(alarms('secret-altered')).toBe(before + 1)
  })

  it('for other addresses', async () => {
    const who = await admitted('dp-far', { networks: ['10.80.0.0/16'] })
    const { said } = await ask(who, body())
    expect([said.code, /地址/.test(said.message)]).toEqual([CODES['access.denied'], true])
    expect(await record(said.requestId)).toMatchObject({ entry: { reasons: [{ rule: 'network' }] } })
  })

  it('ended, or not yet begun', async () => {
    const ended = { term: { from: '2025-01-01T00:00:00Z', until: '2025-06-30T00:00:00Z' } }
    const sid = 's_371082000000_ended'
    const past = () => Date.parse('2025-02-01T00:00:00Z')
    expect((await admit(city, enrolmentProfile({ id: 'dp-ended', sid, ...ended }), { now: past })).code).toBe(0)
    expect(await refused({ ...caller, sid }, 'profile-expired')).toBe(1)
    const early = await admitted('dp-early', { term: term(Date.now(), 10, 20) })
    expect(await refused(early, 'profile-expired')).toBe(1)
    const listed = await run(['dialect', 'list', '--json'], { env: city.installation.env })
    expect(JSON.parse(listed.out)).toContainEqual(
      expect.objectContaining({ id: 'dp-ended', state: 'ended', daysLeft: 0 }),
    )
  })

  it('one signed in advance, for a second path, or spoilt does not cut off the one in use', async () => {
    const sid = 's_371082000000_renewed'
    const who = { ...caller, sid }
    const add = async (id: string, changes: object) => {
      const ran = await admit(city, enrolmentProfile({ id, sid, term: term(), ...changes }))
      expect(ran.code, ran.err).toBe(0)
    }
    const usedBy = async (asking: OldCaller) => {
      const { said, text } = await ask(asking, body())
      expect(said.code, text).toBe('0')
      return (await record(said.requestId))?.entry.dialect
    }
    await add('dp-this-year', {})
    await add('dp-next-year', { term: term(Date.now(), 30, 300) })
    expect(await usedBy(who)).toMatchObject({ profile: 'dp-this-year' })
    const path = '/gateway/api/1/renewed'
    await add('dp-second-path', { path })
    expect(await usedBy(who)).toMatchObject({ profile: 'dp-this-year' })
    expect(await usedBy({ ...who, path })).toMatchObject({ profile: 'dp-second-path' })
    await add('dp-renewed', {})
    expect(await usedBy(who)).toMatchObject({ profile: 'dp-renewed' })
    const before = alarms('profile-altered')
    await tamper(`update dialect_profiles set document = 'e30.e30.e30' where id = 'dp-renewed'`)
    expect(await usedBy(who)).toMatchObject({ profile: 'dp-this-year' })
    expect(alarms('profile-altered')).toBe(before + 1)
    const elsewhere = await ask({ ...who, path: '/gateway/api/1/nowhere' }, body())
    expect(elsewhere.said.code).toBe(CODES['access.denied']) // the newest says why: it is altered
    for (const id of ['dp-this-year', 'dp-renewed']) expect((await revoke(city, id)).code).toBe(0)
    expect((await ask(who, body())).said.code).toBe(CODES['request.unknown-resource'])
  })

  it('revoked: the next request is refused; the secret alone proves nobody any more', async () => {
    const who = await admitted('dp-revoked')
    expect((await ask(who, body())).said.code).toBe('0')
    expect((await revoke(city, 'dp-revoked', 'audit')).code).toBe(1)
    const ran = await revoke(city, 'dp-revoked')
    expect(ran.code, ran.err).toBe(0)
    // The caller has other profiles, so it is still known, and its try is recorded.
    expect(await refused(who, 'profile-missing')).toBe(1)
    expect((await revoke(city, 'dp-revoked')).code).toBe(1)

    const rid = '00000000-0000-4000-8000-000000000004'
    const alone = { ...(await admitted('dp-alone', { rid })), rid }
    expect((await ask(alone, body())).said.code).toBe('0')
    expect((await revoke(city, 'dp-alone')).code).toBe(0)
    const before = alarms('profile-revoked')
    const { said } = await ask(alone, body())
    expect(said).toMatchObject({
      code: CODES['identity.unknown'],
      requestId: null,
      message: expect.stringMatching(/已撤销/),
    })
    expect(alarms('profile-revoked')).toBe(before + 1)
    await expect(city.sql('delete from dialect_revocations')).rejects.toThrow(/append-only/)
    await expect(city.sql(`update dialect_profiles set system = 'rc-police'`)).rejects.toThrow(/append-only/)
  })

  it('its signer suspended: until it is, it holds', async () => {
    const file = city.installation.env.GUANYI_OPERATORS_FILE!
    const whole = readFileSync(file, 'utf8')
    expect((await ask(caller, body())).said.code).toBe('0')
    const registry = JSON.parse(whole) as { operators: { id: string; status: string }[] }
    registry.operators.find(({ id }) => id === 'op-security')!.status = 'suspended'
    try {
      writeFileSync(file, JSON.stringify(registry))
      await expect.poll(async () => (await ask(caller, body())).said.code, { timeout: 5_000 }).toBe('2002')
      expect(alarms('profile-signer')).toBeGreaterThan(0)
    } finally {
      writeFileSync(file, whole)
    }
    await expect.poll(async () => (await ask(caller, body())).said.code, { timeout: 5_000 }).toBe('0')
  })
})

describe('what is written down', () => {
  it('holds no secret, sign, number or name in clear', async () => {
    const headers = marks(caller, freshTime())
    expect((await ask(caller, body(), { headers })).said.code).toBe('0')
    const tables = await city.sql<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    )
    const texts = await Promise.all(
      tables.map(async ({ name }) =>
        (await city.sql(`select * from "${name}"`))
          .flatMap((row) => Object.values(row))
          .map((value) =>
            Buffer.isBuffer(value) ? value.toString('latin1') + value.toString('utf8') : JSON.stringify(value),
          )
          .join('\n'),
      ),
    )
    const metrics = await call(city.gateway.managementUrl, { method: 'GET', path: '/metrics' })
    expect(metrics.text).toMatch(/guanyi_dialect_alarms_total\{[^}]*profile-missing/)
    const everything = [...texts, ...city.logLines, metrics.text].join('\n')
    expect(everything).toContain('"dialect":"gjgxjhpt"')
    const { gjgxjhpt_sign: sign = '' } = headers
    const hex = Buffer.from(sign, 'base64').toString('base64url')
    for (const needle of [SECRET, sign, hex, PUPIL.id, PUPIL.name, OPERATORS.education.name])
      expect(everything.includes(needle), 'a needle was found').toBe(false)
  })

  it('an address that only fails is made to wait, though every answer is 200', async () => {
    const headers = () => marks({ ...caller, secret: 'guess-guess-guess-guess' }, freshTime())
    let last = 200
    // Twice the limit: a new period may begin in between.
    for (let tries = 0; tries < 520 && last === 200; tries++)
      last = (await call(caller.url, { path: '/httpproxy', headers: headers(), body: '{}' })).status
    expect(last).toBe(429)
  })
})

describe('the vector', () => {
  it('DIA-01 is understood, at its own time', async () => {
    const { dialects } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../vectors/identifier-vectors.json'), 'utf8'),
    ) as { dialects: { vectors: [{ headers: Record<string, string>; secret: string; sign: string }] } }
    const [vector] = dialects.vectors
    const at = Number(vector.headers.gjgxjhpt_rtime)
    const then = await seededGateway({ now: () => at + 1_000 })
    try {
      const profile = enrolmentProfile({
        sid: vector.headers.gjgxjhpt_sid,
        rid: vector.headers.gjgxjhpt_rid,
        term: term(at),
      })
      // The vector's secret is shorter than an office may choose: admitted under another and resealed, as its owner could.
      const ran = await admit(then, profile, { now: () => at })
      expect(ran.code, ran.err).toBe(0)
      const keys = await loadInstallationKeys(then.installation.env.GUANYI_KEYS_DIR!)
      const owner = { id: 'dp-enrolment-1', rid: RID, sid: vector.headers.gjgxjhpt_sid!, system: 'rc-enrolment' }
      const sealed = createSecretSeal(createSoftwareCrypto(), keys.secret('record-seal')).seal(
        owner,
        Buffer.from(vector.secret),
      )
      await then.sql('alter table dialect_profiles disable trigger append_only')
      await then.sql('update dialect_profiles set sealed_secret = $1', [sealed])
      const headers = { ...vector.headers, gjgxjhpt_sign: vector.sign }
      const old = { url: then.gateway.dataUrl, rid: RID, sid: owner.sid, secret: vector.secret }
      const first = await ask(old, body(), { headers })
      expect(first.said.code, first.text).toBe('0')
      expect((await ask(old, body(), { headers })).said.code).toBe('1005')
      const spoilt = { ...headers, gjgxjhpt_sign: vector.sign.replace('N', 'O') }
      expect((await ask(old, body(), { headers: spoilt })).said.code).toBe('1002')
    } finally {
      await then.stop()
    }
  })
})
