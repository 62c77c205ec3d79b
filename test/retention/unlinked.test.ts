import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { loadInstallationKeys } from '../../gateway/adapters/files/installation-keys.ts'
import { verifyPackage } from '../../gateway/evidence-package/verify.ts'
import { subjectKey } from '../../gateway/requests/subjects.ts'
import { PUPIL } from '../../seeds/population/cast.ts'
import { run } from '../cli/run.ts'
import { type City, enrolment, evidenceCity } from '../evidence-package/city.ts'
import { crypto } from '../operators/management.ts'

const DUTY = '个人信息保护法第四十七条第一款第四项'

describe('a record whose sides were erased', () => {
  let city: City
  let exchangeId: string
  let evidence: string
  let env: Record<string, string>
  let key: (who: string) => string
  beforeAll(async () => {
    city = await evidenceCity()
    const answer = await city.seeded.client('rc-enrolment').query(structuredClone(enrolment) as never)
    exchangeId = answer.exchangeId
    evidence = answer.evidence!
    const state = mkdtempSync(join(inject('runDir'), 'cli-retention-'))
    key = (who) => join(state, 'operators', `${who}.jwk.json`)
    env = {
      ...city.seeded.installation.env,
      DATABASE_OWNER_URL: city.seeded.ownerUrl,
      GUANYI_STATE_DIR: state,
      GUANYI_OPERATORS_FILE: join(state, 'operators.json'),
    }
    for (const [id, name, role] of [
      ['op-security', '测试安管', 'security-administrator'],
      ['op-system', '测试系管', 'system-administrator'],
    ] as const)
      await run(['operator', 'add', id, '--name', name, '--role', role, '--member', 'rc-dsjzx'], { env })
  })
  afterAll(() => city?.stop())
  const guanyi = (...argv: string[]) => run(argv, { env })
  const erase = (who: string, ...more: string[]) =>
    guanyi('retention', 'erase', exchangeId, '--reason', '依当事人申请', '--operator-key', key(who), ...more)
  const entry = async (): Promise<string> => {
    const rows = await city.seeded.sql<{ entry: Buffer }>('select entry from records where exchange_id = $1', [
      exchangeId,
    ])
    return rows[0]!.entry.toString('utf8')
  }

  /** Every way somebody who knows all identifiers of the city and all keys of the gateway could spell one. */
  async function dictionary(salts: Buffer[]): Promise<Map<string, string>> {
    const { population } = city.seeded
    const ids = [...population.people.keys(), ...population.organisations.keys()]
    const keys = await loadInstallationKeys(env.GUANYI_KEYS_DIR!)
    const secrets = [
      ...(['subject-digest', 'cache-digest', 'record-seal', 'cursor'] as const).map(
        (purpose) => keys.secret(purpose).bytes,
      ),
      ...salts,
    ]
    const words = new Map<string, string>()
    for (const id of ids) {
      const spellings = [
        id,
        subjectKey({ type: 'person', idType: 'resident-id', id }),
        subjectKey({ type: 'organisation', idType: 'uscc', id }),
      ]
      for (const text of spellings) {
        const digests = [
          createHash('sha256').update(text).digest(),
          ...secrets.map((secret) => createHmac('sha256', secret).update(text).digest()),
        ]
        words.set(text, id)
        for (const digest of digests)
          for (const form of ['hex', 'base64', 'base64url'] as const) words.set(digest.toString(form), id)
      }
    }
    return words
  }

  it('before: the salt leads from the entry to the person, as it must', async () => {
    const [side] = await city.seeded.sql<{ salt: Buffer }>(
      `select s.salt from record_sides s join exchange_ids e on e.index = s.index where e.exchange_id = $1`,
      [exchangeId],
    )
    const text = await entry()
    const found = [...(await dictionary([side!.salt]))].filter(([word]) => text.includes(word))
    expect(found.map(([, id]) => id)).toContain(PUPIL.id)
  })

  it('looking at it leaves acts that name the record, not the person', async () => {
    const demand = { method: 'POST', body: JSON.stringify({ what: 'request', reason: '行政复议取证' }) }
    expect((await city.request(`/admin/v1/records/${exchangeId}/unseal`, demand)).status).toBe(200)
    expect((await city.request(`/admin/v1/records/${exchangeId}/evidence-package`)).status).toBe(200)
    expect((await city.entries()).slice(-2)).toMatchObject([
      { verb: 'request.unseal', target: exchangeId, subject: null },
      { verb: 'evidence-package.build', target: exchangeId, subject: null },
    ])
  })

  it('is not erased early without a duty, by another role, without a key, or with an identifier in the reason', async () => {
    expect(await erase('op-security')).toMatchObject({ code: 1, err: expect.stringContaining('未到留存期限') })
    expect(await erase('op-system', '--legal-duty', DUTY)).toMatchObject({
      code: 1,
      err: expect.stringContaining('安全管理员'),
    })
    expect(await guanyi('retention', 'erase', exchangeId, '--reason', '依当事人申请')).toMatchObject({ code: 2 })
    const named = await guanyi(
      ...['retention', 'erase', exchangeId, '--reason', `${PUPIL.id} 申请`, '--legal-duty', DUTY],
      ...['--operator-key', key('op-security')],
    )
    expect(named.code).toBe(1)
    expect(named.err).not.toContain(PUPIL.id)
    expect((await city.deps.log.find(exchangeId))!.subjectDigest).not.toBeNull()
  })

  it('after: no identifier of the city leads to the entry, under any key that is left', async () => {
    expect(await erase('op-security', '--legal-duty', DUTY, '--json')).toMatchObject({ code: 0 })
    const text = await entry()
    const salts = await city.seeded.sql<{ salt: Buffer }>('select salt from record_sides')
    const words = await dictionary(salts.map(({ salt }) => salt))
    expect(words.size).toBeGreaterThan(1_000)
    expect([...words].filter(([word]) => text.includes(word))).toEqual([])
  })

  it('after: no row of any table holds the subject’s digest', async () => {
    const digest = city.digests.of({ type: 'person', idType: 'resident-id', id: PUPIL.id })
    const tables = await city.seeded.sql<{ name: string }>(
      `select format('%I', tablename) as name from pg_tables where schemaname = 'public'`,
    )
    for (const { name } of tables) {
      const rows = await city.seeded.sql(`select 1 from ${name} t where position($1 in to_jsonb(t)::text) > 0`, [
        digest,
      ])
      expect(rows, name).toEqual([])
    }
  })

  it('after: nothing can be unsealed, and the package says what is gone', async () => {
    for (const what of ['request', 'operator']) {
      const answer = await city.request(`/admin/v1/records/${exchangeId}/unseal`, {
        method: 'POST',
        body: JSON.stringify({ what, reason: '行政复议取证' }),
      })
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/已依法删除/) })
    }
    const answer = await city.request(`/admin/v1/records/${exchangeId}/evidence-package`)
    const verified = await verifyPackage(Buffer.from(await answer.arrayBuffer()), crypto)
    expect(verified.ok).toBe(true)
    const results = Object.fromEntries(verified.checks.map(({ id, result }) => [id, result]))
    expect(results).toMatchObject({ 'issuer-signature': 'not-possible', 'log-proof': 'passed', 'entry-form': 'passed' })
  })

  it('after: evidence the consumer presents still verifies against the logged hash', async () => {
    const logged = (JSON.parse(await entry()) as { evidenceHash: string }).evidenceHash
    expect(createHash('sha256').update(evidence.split('~')[0]!).digest('base64url')).toBe(logged)
  })

  it('the purge shows its table, and its dry run changes nothing', async () => {
    const shown = await guanyi('retention', 'show')
    expect(shown.out).toMatch(/政务数据使用记录\s+36 个月\s+放行\s+政务数据共享条例第二十九条/)
    const count = async () => (await city.entries()).length
    const before = await count()
    expect((await guanyi('retention', 'purge', '--dry-run', '--json')).json()).toMatchObject({
      dryRun: true,
      bundlesDue: 0,
    })
    expect(await guanyi('retention', 'purge', '--operator-key', key('op-system'))).toMatchObject({
      code: 0,
      out: expect.stringContaining('没有到期的记录'),
    })
    expect(await guanyi('retention', 'purge', '--operator-key', key('op-security'))).toMatchObject({ code: 1 })
    expect(await guanyi('retention', 'purge')).toMatchObject({ code: 2 })
    expect(await count()).toBe(before)
  })

  it('the command line verifies a package, and refuses one that is none', async () => {
    const answer = await city.request(`/admin/v1/records/${exchangeId}/evidence-package`)
    const file = join(env.GUANYI_STATE_DIR!, 'package.zip')
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()))
    const plain = await guanyi('evidence-package', 'verify', file)
    expect(plain).toMatchObject({ code: 0, out: expect.stringMatching(/核验通过[\s\S]*公钥取自包内/) })
    const [jwks, vkey] = [join(env.GUANYI_STATE_DIR!, 'keys.json'), join(env.GUANYI_STATE_DIR!, 'log.vkey')]
    writeFileSync(jwks, JSON.stringify(city.deps.publicJwks()))
    writeFileSync(vkey, city.deps.logVkeys()!)
    const trusted = await guanyi('evidence-package', 'verify', file, '--jwks', jwks, '--vkey', vkey)
    expect(trusted).toMatchObject({ code: 0, out: expect.not.stringContaining('公钥取自包内') })
    writeFileSync(jwks, '{"keys":[]}')
    expect(await guanyi('evidence-package', 'verify', file, '--jwks', jwks)).toMatchObject({ code: 4 })
    expect(await guanyi('evidence-package', 'verify', jwks)).toMatchObject({
      code: 4,
      err: expect.stringContaining('完好'),
    })
    expect(await guanyi('evidence-package', 'verify', 'nowhere.zip')).toMatchObject({ code: 2 })
  })
})
