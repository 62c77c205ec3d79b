import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { PUPIL } from '../../seeds/population/cast.ts'
import { ENROLMENT, SAMPLES } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { run } from './run.ts'

let city: Seeded
let state: string
let demo: Record<string, string>
beforeAll(async () => {
  city = await seededGateway({ county: true, mariadb: true })
  state = await mkdtemp(join(inject('runDir'), 'cli-exchange-'))
  const systems = await Promise.all(
    [...city.installation.systemKeys].map(async ([id, { jwk }]) => {
      await writeFile(join(state, `${id}.jwk.json`), JSON.stringify(jwk), { mode: 0o600 })
      return { id, keyFile: join(state, `${id}.jwk.json`) }
    }),
  )
  const file = { dataPlane: city.gateway.dataUrl, gatewayId: GATEWAY_ID, systems, samples: SAMPLES }
  await writeFile(join(state, 'demo.json'), JSON.stringify(file))
  demo = { GUANYI_STATE_DIR: state }
})
afterAll(() => city?.stop())

const guanyi = (...argv: string[]) => run(argv, { env: demo })
const environment = () => ({
  GUANYI_URL: city.gateway.dataUrl,
  GUANYI_GATEWAY_ID: GATEWAY_ID,
  GUANYI_SYSTEM: 'rc-enrolment',
  GUANYI_KEY_FILE: join(state, 'rc-enrolment.jwk.json'),
})

describe('query and verify', () => {
  it('a sample by number, as a table in Chinese', async () => {
    const { code, out, err } = await guanyi('query', '--demo', '1')
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('✓ 已放行，来源齐全')
    expect(out).toMatch(/户主姓名 +测试王大明 +householder/)
    expect(out).toMatch(/不动产登记信息 +荣成市自然资源局 +已取得/)
    expect(out).toContain('grant-p2.1-jyj-enrolment')
    expect(out).toContain('✓ 证据已核验')
  })
  it('in English, by name', async () => {
    const { out } = await guanyi('query', '--demo', '入学资格核验', '--lang', 'en')
    expect(out).toContain('✓ evidence verified')
  })
  it('every released sample goes through, and every refused one ends with 1 and its code', async () => {
    for (const [place, { mode, expect: wanted }] of SAMPLES.entries()) {
      if (mode === 'dossier') continue // read by departments' own programs, not by hand
      const { code, out } = await guanyi(mode, '--demo', String(place + 1), '--json')
      const got = JSON.parse(out) as { code?: string; exchangeId?: string }
      expect([place, code, got.code ?? 'released']).toEqual([place, wanted === 'released' ? 0 : 1, wanted])
    }
  })
  it('a request from a file or from stdin, by environment', async () => {
    const file = join(state, 'request.json')
    writeFileSync(file, JSON.stringify(ENROLMENT))
    expect((await run(['query', file], { env: environment() })).code).toBe(0)
    const piped = await run(['query', '-', '--json'], { env: environment(), stdin: JSON.stringify(ENROLMENT) })
    expect(piped.json()).toMatchObject({ complete: true, evidence: expect.any(String) })
  })
  it('verify says what agrees; a mismatch is an answer', async () => {
    const { fields: _fields, ...rest } = ENROLMENT
    const claims = { 'household-registration.householder': '测试王大明', 'household-registration.address': '别处' }
    const stdin = JSON.stringify({ ...rest, claims })
    const { code, out } = await run(['verify', '-'], { env: environment(), stdin })
    expect(code).toBe(0)
    expect(out).toMatch(/户主姓名 +一致/)
    expect(out).toMatch(/户籍地址 +不一致/)
    expect(out).not.toContain('测试王大明')
  })
  it('a refusal names fields, rule and next step, on stderr', async () => {
    const { code, out, err } = await guanyi('query', '--demo', '另一场景下被拒绝')
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('✗ access.denied 未获授权 (HTTP 403)')
    expect(err).toContain('guardian:real-estate.certificateNo [not-granted]')
    expect(err).toContain('下一步')
    expect(err).toMatch(/交换编号（查询留痕时引用）：[0-9a-f-]{36}/)
    expect((await guanyi('query', '--demo', '另一场景下被拒绝', '--lang', 'en')).err).toContain('not permitted')
  })
  it.each([
    { argv: ['query', '--demo', '没有这个'], code: 2, says: '入学资格核验' },
    { argv: ['query', '--demo', '3'], code: 2, says: 'guanyi verify --demo 3' },
    { argv: ['query'], code: 2, says: '--demo' },
    { argv: ['query', '-'], code: 3, says: '缺少 --url, --gateway-id, --system, --key' },
    { argv: ['query', '--demo', '1', '--url', 'http://127.0.0.1:1'], code: 5, says: '连不上' },
    { argv: ['query', '--demo', '1', '--url', 'ftp://x'], code: 3, says: '不是 http(s) 地址' },
    { argv: ['query', '--demo', '1', '--key', '/nowhere'], code: 3, says: '私钥文件 /nowhere' },
    { argv: ['query', '--demo', '1', '--gateway-id', 'guanyi:other'], code: 1, says: 'request.malformed' },
  ])('$argv ends with $code', async ({ argv, code, says }) => {
    const ran = await guanyi(...argv)
    expect(ran).toMatchObject({ code, out: '' })
    expect(ran.err).toContain(says)
  })
  it('without a running demo says how to start it', async () => {
    const ran = await run(['query', '--demo', '1'], { env: { GUANYI_STATE_DIR: join(state, 'none') } })
    expect(ran).toMatchObject({ code: 3, err: expect.stringContaining('npm run demo') })
  })
})

describe('evidence', () => {
  let file: string
  let jwks: string
  beforeAll(async () => {
    file = join(state, 'evidence.sd-jwt')
    jwks = join(state, 'gateway.jwks.json')
    await guanyi('query', '--demo', '1', '--save-evidence', file)
    writeFileSync(jwks, await (await fetch(`${city.gateway.dataUrl}/.well-known/jwks.json`)).text())
  })
  it('is saved for its owner only', () => expect(statSync(file).mode & 0o777).toBe(0o600))

  it('verifies offline and says what it shows', async () => {
    const { code, out } = await guanyi('evidence', 'verify', file, '--jwks', jwks)
    expect(code).toBe(0)
    expect(out).toContain('✓ 通过 PASS')
    expect(out).toMatch(/应用场景 +P2\.1/)
    expect(out).toContain('已披露 5 项，未披露 0 项')
    expect(out).toMatch(/household-registration\.householder +测试王大明/)
  })
  it('verifies against the gateway, and from a saved JSON answer', async () => {
    const answer = (await guanyi('query', '--demo', '1', '--json')).out
    const ran = await run(['evidence', 'verify', '-', '--url', city.gateway.dataUrl], { stdin: answer })
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('PASS') })
  })
  it('one field can be shown alone, and still verifies', async () => {
    const alone = join(state, 'alone.sd-jwt')
    const name = 'household-registration.address'
    expect((await guanyi('evidence', 'disclose', file, '--field', name, '--out', alone)).code).toBe(0)
    const report = (await guanyi('evidence', 'verify', alone, '--jwks', jwks, '--json')).json()
    expect(report).toMatchObject({ ok: true, disclosed: [{ field: name }], hidden: 4 })
    expect(JSON.stringify(report)).not.toContain(PUPIL.id)
    expect((await guanyi('evidence', 'verify', alone, '--jwks', jwks)).out).toContain('person resident-id ***')
  })
  it('a party’s field and a row of many can be chosen', async () => {
    const name = 'guardian:real-estate[0].certificateNo'
    const shown = await run(['evidence', 'disclose', file, '--field', name, '--field', 'subject.id'], { env: demo })
    const report = (await run(['evidence', 'verify', '-', '--jwks', jwks, '--json'], { stdin: shown.out })).json()
    expect((report.disclosed as { field: string }[]).map(({ field }) => field).sort()).toEqual([name, 'subject.id'])
  })
  it('a field it does not hold is named, with those it does', async () => {
    const ran = await guanyi('evidence', 'disclose', file, '--field', 'real-estate.area')
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).toContain('guardian:real-estate.certificateNo')
  })
  it.each([
    { name: 'altered', spoil: (text: string) => text.replace(/^(.{300})./, '$1_'), says: '未通过 FAIL' },
    { name: 'with a disclosure slipped in', spoil: (text: string) => `${text.trim()}WyJhIiwiYiIsMV0~`, says: '夹带' },
    { name: 'cut short', spoil: (text: string) => text.slice(0, 100), says: '不是 SD-JWT' },
  ])('$name fails with 4', async ({ spoil, says }) => {
    const stdin = spoil(readFileSync(file, 'utf8'))
    const ran = await run(['evidence', 'verify', '-', '--jwks', jwks], { stdin })
    expect(ran).toMatchObject({ code: 4, out: expect.stringContaining(says) })
    const json = await run(['evidence', 'verify', '-', '--jwks', jwks, '--json'], { stdin })
    expect(json.json()).toMatchObject({ ok: false, fault: expect.any(String) })
  })
  it('under another gateway’s keys fails with 4', async () => {
    const other = join(state, 'other.jwks.json')
    writeFileSync(other, '{"keys":[]}')
    expect(await guanyi('evidence', 'verify', file, '--jwks', other)).toMatchObject({ code: 4 })
  })
  it('keys must come from somewhere', async () => {
    expect((await guanyi('evidence', 'verify', file)).code).toBe(2)
    expect((await guanyi('evidence', 'verify', file, '--url', 'http://127.0.0.1:1')).code).toBe(5)
  })
})

describe('doctor', () => {
  it('finds nothing to act on in a sound installation', async () => {
    const ran = await run(['doctor'], { env: city.installation.env })
    expect(ran.out).not.toContain('✗')
    expect(ran.code).toBe(0)
    expect(ran.out).toContain('✓ 服务角色只能追加 service role is append-only')
    expect(ran.out).toContain('✓ 数源 sources  real-estate（荣成市自然资源局 不动产登记信息）')
    expect(ran.out).toContain('威海市政务数据平台')
  })
  it('says what to do about everything that is wrong, and goes on', async () => {
    const env = {
      ...city.installation.env,
      DATABASE_URL: city.ownerUrl,
      REDIS_URL: 'redis://:geheim@127.0.0.1:1',
      GUANYI_KEYS_DIR: join(state, 'no-keys'),
      GUANYI_SURPRISE: '1',
    }
    const ran = await run(['doctor', '--json'], { env })
    expect(ran.code).toBe(1)
    const { checks } = ran.json() as { checks: { check: string; status: string; detail?: string }[] }
    const failed = checks.filter(({ status }) => status === 'fail').map(({ check }) => check)
    expect(failed).toEqual(['configuration', 'keys', 'service-role', 'redis'])
    expect(checks.find(({ check }) => check === 'service-role')!.detail).toContain('superuser')
    expect(ran.out).not.toContain('geheim')
    expect((await run(['doctor', '--lang', 'en'], { env })).out).toMatch(/→ check that Redis runs/)
  })
  it('notices a source that is down', async () => {
    const endpoints = JSON.parse(readFileSync(city.installation.env.GUANYI_ENDPOINTS_FILE!, 'utf8')) as Record<
      string,
      { url: string }
    >
    const http = Object.entries(endpoints).find(([, { url }]) => url.startsWith('http'))!
    const file = join(state, 'endpoints.json')
    writeFileSync(file, JSON.stringify({ ...endpoints, [http[0]]: { ...http[1], url: 'http://127.0.0.1:1' } }), {
      mode: 0o600,
    })
    const ran = await run(['doctor'], { env: { ...city.installation.env, GUANYI_ENDPOINTS_FILE: file } })
    expect(ran.code).toBe(1)
    expect(ran.out).toMatch(/✗ 数源 sources .* provider\.unreachable/)
  })
  it('notices key files that others can read, and a clock that is off', async () => {
    const file = join(state, 'open.json')
    writeFileSync(file, readFileSync(city.installation.env.GUANYI_ENDPOINTS_FILE!), { mode: 0o644 })
    const env = { ...city.installation.env, GUANYI_ENDPOINTS_FILE: file }
    const ran = await run(['doctor'], { env, now: () => Date.now() + 60_000 })
    expect(ran.out).toContain(`chmod go= ${file}`)
    expect(ran.out).toMatch(/✗ 与数据库的时钟差 .* -\d+ ms/)
  })
})
