import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { buildPackage } from '../../gateway/evidence-package/build.ts'
import { verifyPackage } from '../../gateway/evidence-package/verify.ts'
import { readZip, writeZip } from '../../gateway/evidence-package/zip.ts'
import { FATHER, GUARDIAN, PUPIL } from '../../seeds/population/cast.ts'
import { crypto } from '../operators/management.ts'
import { AUDITOR, type City, enrolment, evidenceCity } from './city.ts'

const REASON = '行政复议案件 荣政复〔2026〕12号 取证'
const unsealed = `?unseal=request&reason=${encodeURIComponent(REASON)}`

describe('the evidence package', () => {
  let city: City
  let released: string
  let refused: string
  beforeAll(async () => {
    city = await evidenceCity()
    const client = city.seeded.client('rc-enrolment')
    released = (await client.query(structuredClone(enrolment) as never)).exchangeId
    const beyond = {
      ...structuredClone(enrolment),
      fields: ['household-registration.address', 'medical-insurance.balance'],
    }
    await client.query(beyond as never).catch(() => undefined)
    const other = { ...structuredClone(enrolment), purpose: '另一用途' }
    await client.query(other as never).catch(() => undefined)
    refused = String((await city.entries()).at(-1)!.exchangeId)
    const mine = process.env.KEEP_PACKAGE
    if (mine) writeFileSync(mine, (await build(released, unsealed)).zip)
    if (mine) writeFileSync(`${mine}.refused.zip`, (await build(refused)).zip)
    if (mine) writeFileSync(`${mine}.closed.zip`, (await build(released)).zip)
  })
  afterAll(() => city?.stop())

  async function build(id: string, query = ''): Promise<{ zip: Buffer; files: Map<string, Buffer> }> {
    const answer = await city.request(`/admin/v1/records/${id}/evidence-package${query}`)
    expect(answer.status, await answer.clone().text()).toBe(200)
    const zip = Buffer.from(await answer.arrayBuffer())
    return { zip, files: readZip(zip) }
  }
  const resultsOf = async (zip: Buffer): Promise<Record<string, string>> =>
    Object.fromEntries((await verifyPackage(zip, crypto)).checks.map(({ id, result }) => [id, result]))

  it('of a release, with the request opened, proves everything offline', async () => {
    const { zip, files } = await build(released, unsealed)
    const verified = await verifyPackage(zip, crypto)
    expect(verified.checks.filter(({ result }) => result !== 'passed')).toEqual([])
    expect(verified).toMatchObject({ ok: true, keysGiven: false, manifest: { requestOpened: true, reason: REASON } })
    const [stored] = await city.seeded.sql<{ entry: Buffer }>('select entry from records where exchange_id = $1', [
      released,
    ])
    expect(files.get('record/entry.json')).toEqual(stored!.entry)
    expect(files.get('request/request.jws')!.toString()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    const again = await verifyPackage(zip, crypto, {
      jwks: Buffer.from(JSON.stringify(city.deps.publicJwks())),
      logVkeys: city.deps.logVkeys()!,
    })
    expect(again).toMatchObject({ ok: true, keysGiven: true })
  })

  it('without opening holds no identifier, no name, no salt, and says what could not be checked', async () => {
    const { zip, files } = await build(released)
    expect(await resultsOf(zip)).toMatchObject({
      manifest: 'passed',
      'manifest-signature': 'passed',
      'issuer-signature': 'passed',
      'evidence-hash': 'passed',
      'request-signature': 'not-possible',
      grants: 'passed',
      'policy-version': 'passed',
      'catalog-version': 'passed',
      'log-proof': 'passed',
    })
    expect([...files.keys()].filter((name) => name.startsWith('request/') || name === 'record/salt.txt')).toEqual([])
    expect(files.get('proof/entry.tlog-proof')!.toString()).not.toContain('extra ')
    const all = [...files.values()].map((content) => content.toString('utf8')).join('\n')
    for (const secret of [
      PUPIL.id,
      GUARDIAN.id,
      PUPIL.name,
      GUARDIAN.name,
      enrolment.operator.id,
      enrolment.operator.name,
    ])
      expect(all).not.toContain(secret)
  })

  it('of a refusal says why, and what there is none of', async () => {
    const { zip, files } = await build(refused)
    expect(await resultsOf(zip)).toMatchObject({
      'issuer-signature': 'not-applicable',
      grants: 'not-applicable',
      'log-proof': 'passed',
      'entry-form': 'passed',
      columns: 'passed',
    })
    expect(files.get('核查报告.html')!.toString()).toMatch(/网关予以拒绝（未获授权，access\.denied），未放行任何数据/)
  })

  it('of an administrative act works too', async () => {
    const act = (await city.entries()).findLast(({ kind }) => kind === 'administration')!
    const { zip } = await build(String(act.exchangeId))
    expect(await resultsOf(zip)).toMatchObject({ 'request-signature': 'not-applicable', 'log-proof': 'passed' })
  })

  it('leaves out a proof that is not there yet and says so', async () => {
    const { zip } = await buildPackage(
      { ...city.deps, proofOf: async () => null },
      { exchangeId: released, operator: AUDITOR, unsealRequest: false, reason: null },
    )
    expect(await resultsOf(zip)).toMatchObject({ 'log-proof': 'not-possible' })
    expect((await verifyPackage(zip, crypto)).ok).toBe(true)
  })

  it.each([
    { name: 'record/entry.json', check: 'manifest' },
    { name: 'evidence/issuer.jwt', check: 'issuer-signature' },
    { name: 'request/request.jws', check: 'request-commitment' },
    { name: 'policies/version.json', check: 'policy-version' },
    { name: 'catalogue/version.json', check: 'catalog-version' },
    { name: 'manifest.json', check: 'manifest-signature' },
    { name: '核查报告.html', check: 'manifest' },
    { name: 'keys/log.vkey', check: 'log-proof' },
  ])('one changed byte of $name is found', async ({ name, check }) => {
    const { files } = await build(released, unsealed)
    const changed = Buffer.from(files.get(name)!)
    const at =
      name === 'record/entry.json'
        ? changed.indexOf('P2.1') + 1
        : name === 'manifest.json'
          ? changed.indexOf('荣政复') + 2
          : 40
    changed[at] = changed[at]! ^ 1
    const verified = await verifyPackage(writeZip(new Map([...files, [name, changed]]), Date.now()), crypto).catch(
      () => null,
    )
    expect(verified?.ok ?? false).toBe(false)
    if (verified !== null) expect(verified.checks.find(({ id }) => id === check)?.result).toBe('failed')
  })

  it('one removed or added file is found', async () => {
    const { files } = await build(released)
    const without = new Map(files)
    without.delete([...files.keys()].find((name) => name.startsWith('grants/'))!)
    expect((await verifyPackage(writeZip(without, 0), crypto)).ok).toBe(false)
    expect(
      (await verifyPackage(writeZip(new Map([...files, ['more.txt', Buffer.from('x')]]), Date.now()), crypto)).ok,
    ).toBe(false)
  })

  it('shows a grant as it stood, and that it was changed since', async () => {
    const [grant] = (await city.entries()).find(({ exchangeId }) => exchangeId === released)!.grants as string[]
    await city.seeded.sql(`update grants set status = 'suspended' where id = $1`, [grant])
    const { zip, files } = await build(released)
    expect(JSON.parse(files.get(`grants/${grant}.json`)!.toString()).document.status).toBe('active')
    expect(files.get('核查报告.html')!.toString()).toMatch(/此后变更.*暂停/s)
    expect(await resultsOf(zip)).toMatchObject({ grants: 'passed' })
    await city.seeded.sql(`update grants set status = 'active' where id = $1`, [grant])
  })

  it('is recorded before it is built, and opening is recorded by itself', async () => {
    const before = (await city.entries()).length
    await build(released, unsealed)
    const acts = (await city.entries()).slice(before)
    expect(acts).toMatchObject([
      { verb: 'request.unseal', target: released, reason: REASON, member: 'rc-dsjzx' },
      { verb: 'evidence-package.build', target: released, reason: REASON, details: { requestOpened: true } },
    ])
    const silent = { ...city.deps, records: { append: () => Promise.reject(new Error('no log')) } }
    await expect(
      buildPackage(silent, { exchangeId: released, operator: AUDITOR, unsealRequest: false, reason: null }),
    ).rejects.toThrow('no log')
  })

  it('says whether the record is about a subject the reader names, and names nobody', async () => {
    const ask = (subject: object) =>
      city.request(`/admin/v1/records/${released}/evidence-package`, {
        method: 'POST',
        body: JSON.stringify({ subject, reason: REASON }),
      })
    const resultFor = async (id: string): Promise<string | undefined> => {
      const zip = Buffer.from(await (await ask({ type: 'person', idType: 'resident-id', id })).arrayBuffer())
      const files = readZip(zip)
      expect([...files.values()].map((content) => content.toString('utf8')).join('\n')).not.toContain(id)
      expect(files.get('核查报告.html')!.toString()).toMatch(
        /全部相符；另有 3 项因材料未启封或不在包内.*比对申请核查时所指的人/s,
      )
      const { ok, attested } = await verifyPackage(zip, crypto)
      expect(ok).toBe(true)
      return attested[0]?.result
    }
    expect(await resultFor(PUPIL.id)).toBe('passed')
    expect(await resultFor(GUARDIAN.id)).toBe('passed')
    expect(await resultFor(FATHER.id)).toBe('failed')
    expect((await city.entries()).at(-1)).toMatchObject({ details: { subjectCompared: true } })
    const wrong = await ask({ type: 'person', idType: 'resident-id', id: `${PUPIL.id}9` })
    expect(wrong.status).toBe(422)
    expect(await wrong.text()).not.toContain(PUPIL.id)
    expect((await ask({ type: 'person', [PUPIL.id]: 1 })).status).toBe(400)
  })

  const unseal = (id: string, body: object | string) =>
    city.request(`/admin/v1/records/${id}/unseal`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  it('unsealing shows the operator, or the very request, after it is recorded', async () => {
    const operator = await unseal(released, { what: 'operator', reason: REASON })
    expect(operator.headers.get('cache-control')).toBe('no-store')
    expect(await operator.json()).toMatchObject({ what: 'operator', operator: { id: enrolment.operator.id } })
    expect((await city.entries()).at(-1)).toMatchObject({ verb: 'operator.unseal', target: released, reason: REASON })
    const request = (await (await unseal(released, { what: 'request', reason: REASON })).json()) as {
      raw: string
      members: { subject: { id: string } }
    }
    expect(request.members.subject.id).toBe(PUPIL.id)
    expect(request.raw).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    const act = String((await city.entries()).at(-1)!.exchangeId)
    expect(await (await unseal(act, { what: 'operator', reason: REASON })).json()).toMatchObject({
      operator: { id: 'op-audit', role: 'audit-administrator' },
    })
    expect(await (await unseal(act, { what: 'request', reason: REASON })).json()).toMatchObject({
      code: 'request.unknown-resource',
      detail: expect.stringMatching(/没有这项密封内容/),
    })
  })

  it.each([
    { name: 'no reason', body: { what: 'request' } },
    { name: 'an empty reason', body: { what: 'request', reason: '  查' } },
    { name: 'a reason with an identifier', body: { what: 'request', reason: `核查 ${PUPIL.id}` } },
    { name: 'another thing', body: { what: 'salt', reason: REASON } },
    { name: 'an unknown member', body: { what: 'request', reason: REASON, [PUPIL.id]: 1 } },
    { name: 'no JSON', body: `{${PUPIL.id}` },
  ])('unsealing with $name is refused and nothing is opened', async ({ body }) => {
    const before = (await city.entries()).length
    const answer = await unseal(released, body)
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'request.malformed' })
    expect(text).not.toContain(PUPIL.id)
    expect(await city.entries()).toHaveLength(before)
  })

  it.each<{ name: string; path: (id: string) => string; code: string; status: number }>([
    {
      name: 'an unknown record',
      path: () => '/00000000-0000-7000-8000-000000000000',
      code: 'request.unknown-resource',
      status: 404,
    },
    { name: 'an id of another form', path: () => `/${PUPIL.id}`, code: 'request.unknown-resource', status: 404 },
    { name: 'opening without a reason', path: (id) => `/${id}?unseal=request`, code: 'request.malformed', status: 400 },
    {
      name: 'a reason with an identifier',
      path: (id) => `/${id}?unseal=request&reason=${encodeURIComponent(`核查 ${PUPIL.id} 的投诉`)}`,
      code: 'request.malformed',
      status: 400,
    },
    { name: 'opening something else', path: (id) => `/${id}?unseal=salt`, code: 'request.malformed', status: 400 },
  ])('refuses $name', async ({ path, code, status }) => {
    const [id, query = ''] = path(released).split('?')
    const answer = await city.request(
      `/admin/v1/records${id!.startsWith('/') ? id : `/${id}`}/evidence-package${query && `?${query}`}`,
    )
    expect(answer.status).toBe(status)
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ code })
    expect(text).not.toContain(PUPIL.id)
  })

  it.each(['system-administrator', 'security-administrator'] as const)('is not for a %s', async (role) => {
    for (const [path, init] of [
      [`/admin/v1/records/${released}/evidence-package`, {}],
      [`/admin/v1/records/${released}/unseal`, { method: 'POST', body: '{"what":"request","reason":"想看看"}' }],
    ] as const) {
      expect((await city.request(path, init, role)).status).toBe(403)
    }
  })

  const hasTools = ['python3', 'openssl', 'jq'].every((tool) => spawnSync('which', [tool]).status === 0)
  it.skipIf(!hasTools)(
    'every command of its README holds as printed (skipped without python3, openssl, jq)',
    async () => {
      const { files } = await build(released, unsealed)
      const dir = mkdtempSync(join(inject('runDir'), 'package-'))
      for (const [name, content] of files) {
        mkdirSync(join(dir, dirname(name)), { recursive: true })
        writeFileSync(join(dir, name), content)
      }
      const blocks = files
        .get('README.md')!
        .toString()
        .split(/\n(?! {4})/)
        .join('\n\n')
        .match(/(?: {4}.*\n)+/g)!
        .map((block) => block.replace(/^ {4}/gm, ''))
      expect(blocks).toHaveLength(7)
      const outputs = blocks.map((block) => {
        const { status, stdout, stderr } = spawnSync('bash', ['-c', `set -o pipefail; ${block}`], {
          cwd: dir,
          encoding: 'utf8',
        })
        expect(`${status} ${block.slice(0, 30)} ${stderr.includes('Error') ? stderr : ''}`).toMatch(/^[01] .* $/s)
        return stdout
      })
      const [manifest, signature, hash, request, versions, path, checkpoint] = outputs as string[]
      expect(manifest).not.toMatch(/FAILED/)
      expect(manifest!.match(/OK/g)!.length).toBeGreaterThan(10)
      expect(signature).toContain('Verified OK')
      expect(new Set(hash!.trim().split('\n')).size).toBe(1)
      expect(request).toBe('request True\nsubject True\n')
      const [policies, catalogue, ...stated] = versions!.trim().split('\n')
      expect(stated).toEqual([policies, catalogue])
      expect(path!.trim()).toBe('True')
      expect(checkpoint).toContain('Signature Verified Successfully')
    },
  )
})
