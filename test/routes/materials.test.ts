import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { loadInstallationKeys } from '../../gateway/adapters/files/installation-keys.ts'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import { createClient, type GuanyiClient } from '../../gateway/client/index.ts'
import type { PrefillAnswer } from '../../gateway/client/prefill.ts'
import { requestChecks } from '../../gateway/evidence-package/checks/request.ts'
import { readEntry } from '../../gateway/evidence-package/entry-view.ts'
import { FILE } from '../../gateway/evidence-package/names.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { COMPANY, HUSBAND, LEGAL_REPRESENTATIVE, OPERATORS, WIFE } from '../../seeds/population/cast.ts'
import { ENROLMENT_FORM, NEW_HOME_FORM } from '../../seeds/samples/prefill-samples.ts'
import { run } from '../cli/run.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

const BUSINESS = {
  item: 'rongcheng-e-015',
  case: '11371082PDY003018B337070500100120261120'.concat('0931'),
  purpose: '经营许可申请核验',
  operator: { ...OPERATORS.approval },
  subjects: {
    subject: { type: 'organisation' as const, idType: 'uscc' as const, ...COMPANY },
    legalRepresentative: { type: 'person' as const, idType: 'resident-id' as const, ...LEGAL_REPRESENTATIVE },
  },
}
const QUARTER_HOUR_MS = 15 * 60_000

let seeded: Seeded
beforeAll(async () => {
  seeded = await seededGateway()
})
afterAll(() => seeded.stop())

const refOf = ({ materials }: PrefillAnswer, code: string): string => {
  const material = materials?.find((each) => each.code === code)
  expect(material, JSON.stringify(materials)).toMatchObject({ state: 'not-needed' })
  return material!.materialRef!
}
const newHome = (client = seeded.client('rc-land')) => client.prefill(NEW_HOME_FORM)
const paper = async (ref: string, client: GuanyiClient = seeded.client('rc-land')) => {
  const response = await client.get(`/v1/materials/${ref}`)
  return { headers: response.headers, page: await response.text() }
}
const codeOn = (page: string): string => /<span class="code">([0-9A-Z-]{34})<\/span>/.exec(page)![1]!
const check = (code: string, accept = 'application/json'): Promise<Response> =>
  fetch(`${seeded.gateway.dataUrl}/log/sheets?code=${encodeURIComponent(code)}`, { headers: { accept } })
const refusal = async (ref: string, client: GuanyiClient) =>
  await client.get(`/v1/materials/${ref}`).then(
    () => expect.unreachable(),
    (thrown: { problem: Record<string, unknown> }) => thrown.problem,
  )
const entriesOf = async (exchangeId: string) => {
  const rows = await seeded.sql<{ entry: Buffer; xmin: string; mode: string }>(
    `select entry, xmin::text, mode from records where exchange_id = $1
       or exchange_id = (select (convert_from(entry, 'UTF8')::jsonb)->'details'->>'exchange' from records where exchange_id = $1)
     order by index`,
    [exchangeId],
  )
  return rows.map(({ entry, ...rest }) => ({ ...rest, entry: JSON.parse(entry.toString()), text: entry.toString() }))
}
async function changing(id: string, status: Grant['status'], back: Grant['status'], during: () => Promise<void>) {
  const grants = createPostgresGrantStore({ url: seeded.ownerUrl })
  try {
    await grants.setStatus(id, status, 'test', 'test')
    await during()
  } finally {
    await grants.setStatus(id, back, 'test', 'test')
    await grants.close()
  }
}

describe('the copy of a certificate', () => {
  it('shows the granted faces of the applicant’s card, read now, under a watermark with case, department and purpose', async () => {
    const ref = refOf(await newHome(), 'M015')
    const before = seeded.providers.services['wh-licence-http'].calls()
    const { page, headers } = await paper(ref)
    expect(seeded.providers.services['wh-licence-http'].calls()).toBe(before + 1)
    for (const word of ['电子证照副本', HUSBAND.name, HUSBAND.id, '1995年6月20日', '男', '有效'])
      expect(page).toContain(word)
    const mark = /<div class="mark"[^>]*><p>([^<]*)<\/p>/.exec(page)![1]
    for (const word of ['仅限本次办件使用', '荣成市自然资源局', NEW_HOME_FORM.case!, '新建商品房转移登记', '前有效'])
      expect(mark).toContain(word)
    // 民族 is a face of the card that the grant does not name.
    expect(page).toMatch(/不在本副本中的照面项：民族/)
    expect(page).not.toMatch(/汉族|<script|<img|url\(|@import/)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(headers.get('content-security-policy')).not.toContain('unsafe')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('is recorded with its reading, in one commit, without values, before it leaves', async () => {
    const { page, headers } = await paper(refOf(await newHome(), 'M015'))
    const [reading, delivery, ...none] = await entriesOf(headers.get('x-exchange-id')!)
    expect(none).toEqual([])
    expect(reading!.xmin).toBe(delivery!.xmin)
    expect(reading!.entry).toMatchObject({
      kind: 'exchange',
      mode: 'prefill',
      outcome: 'released',
      purpose: '新建商品房转移登记',
    })
    const released: string[] = reading!.entry.released['licence-identity-card']
    expect(released).toContain('address')
    expect(released).not.toContain('ethnicGroup')
    expect(reading!.entry.sources['licence-identity-card'].cache).not.toBe('hit')
    expect(delivery!.entry).toMatchObject({ kind: 'material', mode: 'materials', case: NEW_HOME_FORM.case })
    expect(delivery!.entry.details).toMatchObject({
      paper: 'copy',
      material: 'M015',
      pageSha256: createHash('sha256').update(page).digest('hex'),
    })
    const both = `${reading!.text}${delivery!.text}${seeded.logLines.join('')}`
    for (const secret of [HUSBAND.id, HUSBAND.name, codeOn(page), codeOn(page).replaceAll('-', '')])
      expect(both).not.toContain(secret)
  })

  it('is refused once the certificate is revoked, and once the library cannot be asked: never from what was read before', async () => {
    const ref = refOf(await newHome(), 'M015')
    const library = seeded.providers.services['wh-licence-http']
    library.setMode('revoked')
    try {
      const problem = await refusal(ref, seeded.client('rc-land'))
      expect(problem).toMatchObject({ status: 403, code: 'access.denied' })
      expect(problem.reasons).toMatchObject([{ rule: 'certificate-not-valid' }])
      // The state is the holder's: no error says which it is.
      expect(JSON.stringify(problem)).not.toMatch(/吊销|"06"|371099/)
      const [row] = await seeded.sql('select code, mode, fields from records where exchange_id = $1', [
        String(problem.instance).split('/').at(-1),
      ])
      expect(row).toMatchObject({ code: 'access.denied', mode: 'prefill' })
      library.setMode('error500')
      expect(await refusal(ref, seeded.client('rc-land'))).toMatchObject({ status: 502, code: 'provider.unreachable' })
    } finally {
      library.setMode('ok')
    }
    expect((await paper(ref)).page).toContain(HUSBAND.id)
  })

  it('is not given when the grant for it has gone, and a sheet when only the state may be checked', async () => {
    const answer = await newHome()
    const marriage = await paper(refOf(answer, 'M044'))
    expect(marriage.page).toContain('<h1>核验单</h1>')
    expect(marriage.page).not.toContain(WIFE.name)
    const [reading, delivery] = await entriesOf(marriage.headers.get('x-exchange-id')!)
    expect(reading!.entry.released).toEqual({})
    expect(delivery!.entry.details.paper).toBe('sheet')

    const ref = refOf(answer, 'M015')
    await changing('grant-p5.1-zrzyj-copies', 'suspended', 'active', async () => {
      await expect.poll(async () => (await paper(ref).catch(() => null)) === null).toBe(true)
      expect(await refusal(ref, seeded.client('rc-land'))).toMatchObject({ status: 403, code: 'access.denied' })
    })
  })

  it('shows of anybody but the applicant no value: what it is, and that it was good', async () => {
    const { page } = await paper(refOf(await newHome(), 'M043'))
    expect(page).toContain('<h1>电子证照副本</h1>')
    expect(page).toContain('<td>测***</td>')
    for (const secret of [WIFE.id, WIFE.name, '1996年11月15日', '19961115']) expect(page).not.toContain(secret)
  })

  it('can be put before a court: the opened request is the one recorded, about the people recorded', async () => {
    const { headers } = await paper(refOf(await newHome(), 'M015'))
    for (const { entry } of await entriesOf(headers.get('x-exchange-id')!)) {
      const [{ sealed_request: sealed, salt } = { sealed_request: null, salt: null }] = await seeded.sql<{
        sealed_request: Buffer
        salt: Buffer
      }>('select s.sealed_request, s.salt from record_sides s join exchange_ids using (index) where exchange_id = $1', [
        entry.exchangeId,
      ])
      const keys = await loadInstallationKeys(seeded.installation.env.GUANYI_KEYS_DIR!, { now: Date.now })
      const crypto = createSoftwareCrypto()
      const body = crypto.open('A256GCM', keys.secret('record-seal'), sealed!, `request:${entry.exchangeId}`)
      const files = new Map([
        [FILE.requestJson, body],
        [FILE.salt, Buffer.from(salt!.toString('base64url'))],
      ])
      const checks = await requestChecks({
        files,
        entry: readEntry(Buffer.from(JSON.stringify(entry))),
        crypto,
      })
      expect(checks.map(({ result }) => result)).toEqual(['not-applicable', 'passed', 'passed'])
    }
  })

  it('is fetched by the command line into a file, byte for byte as recorded', async () => {
    const ref = refOf(await newHome(), 'M015')
    const keyFile = join(inject('runDir'), `land-${ref}.json`)
    writeFileSync(keyFile, JSON.stringify(seeded.installation.systemKeys.get('rc-land')!.jwk))
    const out = join(inject('runDir'), `${ref}.html`)
    const args = [
      '--url',
      seeded.gateway.dataUrl,
      '--gateway-id',
      'guanyi:371082',
      '--system',
      'rc-land',
      '--key',
      keyFile,
    ]
    const ran = await run(['material', ref, '--out', out, ...args, '--json'])
    expect(ran.code, ran.err).toBe(0)
    const [, delivery] = await entriesOf(String(ran.json().exchangeId))
    const page = readFileSync(out)
    expect(delivery!.entry.details.pageSha256).toBe(createHash('sha256').update(page).digest('hex'))
    expect(statSync(out).mode & 0o777).toBe(0o600)
  })

  it('shows an organisation’s licence, with its money in yuan', async () => {
    const client = seeded.client('rc-approval')
    const { page } = await paper(refOf(await client.prefill(BUSINESS), 'M271'), client)
    expect(page).toContain(COMPANY.name)
    expect(page).toMatch(/注册资本<\/th><td>\d+\.\d\d 元/)
    expect(page).toContain('荣成市行政审批服务局')
  })
})

describe('a reference', () => {
  it('is worth nothing to another system, past its time, or when made up: three answers, one wording', async () => {
    const ref = refOf(await newHome(), 'M015')
    const plain = ({ instance: _, ...rest }: Record<string, unknown>) => rest
    const foreign = plain(await refusal(ref, seeded.client('rc-enrolment')))
    expect(foreign).toMatchObject({ status: 404, code: 'request.unknown-resource' })
    const clock = () => Date.now() + QUARTER_HOUR_MS + 1_000
    const later = await seeded.another(clock)
    const key = seeded.installation.systemKeys.get('rc-land')!.jwk
    const client = createClient({ url: later.dataUrl, gatewayId: 'guanyi:371082', system: 'rc-land', key, now: clock })
    expect(plain(await refusal(ref, client))).toEqual(foreign)
    const madeUp = [
      '01890000-0000-7000-8000-000000000000.0',
      ref.replace(/\.\d+$/, '.99'),
      ref.replace(/\.(\d+)$/, '.0$1'),
      `${ref}.0`,
      '------------------------------------.0',
      'x',
    ]
    for (const made of madeUp) expect(plain(await refusal(made, seeded.client('rc-land'))), made).toEqual(foreign)
  })

  it('asked for in vain is recorded, and may be asked for again', async () => {
    const ref = '01890000-0000-7000-8000-000000000001.0'
    for (const _ of [1, 2]) {
      const problem = await refusal(ref, seeded.client('rc-land'))
      const id = String(problem.instance).split('/').at(-1)
      expect(await seeded.sql('select mode, code, system from records where exchange_id = $1', [id])).toEqual([
        { mode: 'materials', code: 'request.unknown-resource', system: 'rc-land' },
      ])
    }
  })

  it('needs a token, and is HTML only', async () => {
    const url = `${seeded.gateway.dataUrl}/v1/materials/x`
    expect((await fetch(url)).status).toBe(401)
    const pdf = await fetch(url, { headers: { accept: 'application/pdf' } })
    expect([pdf.status, ((await pdf.json()) as { code: string }).code]).toEqual([406, 'request.malformed'])
  })
})

describe('GET /log/sheets', () => {
  it('tells anybody who holds a paper that it was issued, and that the log bears it out; nothing personal', async () => {
    const ref = refOf(await newHome(), 'M015')
    const { page, headers } = await paper(ref)
    const code = codeOn(page)
    await expect.poll(async () => ((await (await check(code)).json()) as { proof: string }).proof).toBe('included')
    const told = (await (await check(code)).json()) as Record<string, unknown>
    expect(told).toMatchObject({
      paper: 'copy',
      gatewayId: 'guanyi:371082',
      department: '荣成市自然资源局',
      index: Number(headers.get('x-record-index')),
      pageSha256: createHash('sha256').update(page).digest('hex'),
    })
    expect(Object.keys(told).sort()).toEqual([
      'checkpointSize',
      'department',
      'fileBy',
      'gatewayId',
      'index',
      'issuedAt',
      'item',
      'pageSha256',
      'paper',
      'proof',
    ])
    const shown = await check(`  ${code.toLowerCase().replaceAll('-', ' ')} `, 'text/html')
    const html = await shown.text()
    expect(shown.status, html).toBe(200)
    expect(html).toContain('确由本网关出具')
    for (const secret of [HUSBAND.id, HUSBAND.name, NEW_HOME_FORM.case!, ref.split('.')[0]!])
      expect(`${html}${JSON.stringify(told)}`).not.toContain(secret)
  })

  it('answers alike to a code nobody was given and to what is no code; none of either is in a log line', async () => {
    const { page } = await paper(refOf(await newHome(), 'M015'))
    const code = codeOn(page)
    const other = `${code[0] === '7' ? '8' : '7'}${code.slice(1)}`
    const answers = await Promise.all(
      [other, 'x', '＇ or 1=1 --', '<script>', 'A'.repeat(5_000)].map(async (typed) => {
        const response = await check(typed, 'text/html')
        return [response.status, await response.text()]
      }),
    )
    expect(new Set(answers.map(([status]) => status))).toEqual(new Set([404]))
    expect(new Set(answers.map(([, text]) => text)).size).toBe(1)
    expect(seeded.logLines.join('')).not.toContain(code)
  })

  it('says so when the record behind a paper is not what was logged', async () => {
    const { page, headers } = await paper(refOf(await newHome(), 'M015'))
    const code = codeOn(page)
    await expect.poll(async () => ((await (await check(code)).json()) as { proof: string }).proof).toBe('included')
    const id = headers.get('x-exchange-id')
    // As somebody with the database's owner login would forge it.
    await seeded.sql('alter table records disable trigger user')
    await seeded.sql(
      `update records set entry = convert_to(replace(convert_from(entry, 'UTF8'), '"item":"rongcheng-p-055"', '"item":"rongcheng-p-056"'), 'UTF8') where exchange_id = $1`,
      [id],
    )
    expect(await (await check(code)).json()).toMatchObject({ proof: 'failed' })
    expect(await (await check(code, 'text/html')).text()).toContain('请勿采信')
  })

  it('leads from a table row to nothing unless the record itself says the code', async () => {
    const [row] = await seeded.sql<{ exchange_id: string }>(
      `select exchange_id from records where mode = 'prefill' limit 1`,
    )
    const code = '0123456789ABCDEFGHJKMNPQRSTV'
    const digest = createHash('sha256').update(code).digest()
    await seeded.sql('insert into material_codes values ($1, $2, now())', [digest, row!.exchange_id])
    expect((await check(code)).status).toBe(404)
  })

  it('asks for a code without any, and makes a busy address wait', async () => {
    const asking = await fetch(`${seeded.gateway.dataUrl}/log/sheets`)
    expect([asking.status, (await asking.text()).includes('<form')]).toEqual([200, true])
    const statuses: number[] = []
    for (let at = 0; at < 70; at++) statuses.push((await check('x')).status)
    expect(statuses.at(-1)).toBe(429)
    expect((await check('x')).headers.get('retry-after')).toMatch(/^\d+$/)
  })
})

describe('a sheet', () => {
  it('names the bearer masked and no checked value', async () => {
    const client = seeded.client('rc-enrolment')
    const { page } = await paper(refOf(await client.prefill(ENROLMENT_FORM), 'M007'), client)
    expect(page).toContain('<h1>核验单</h1>')
    expect(page).toContain('已核验，无需申请人提交该材料')
    expect(page).toContain('义务教育入学资格核验')
    for (const { id, name } of Object.values(ENROLMENT_FORM.subjects)) {
      expect(page).not.toContain(id)
      expect(page).not.toContain(name)
    }
  })
})
