import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import { prefillText } from '../../gateway/cli/exchange/prefill-text.ts'
import { createTerminal } from '../../gateway/cli/terminal.ts'
import type { GuanyiClient } from '../../gateway/client/index.ts'
import { PREFILL_STEPS } from '../../seeds/demo/prefill-steps.ts'
import { createVoice } from '../../seeds/demo/printing.ts'
import type { Walk } from '../../seeds/demo/step.ts'
import { FATHER, GUARDIAN, HUSBAND, NOBODY, OPERATORS, PUPIL, WIFE } from '../../seeds/population/cast.ts'
import { PREFILL_SAMPLES, SCHOOL_BUNDLE } from '../../seeds/samples/prefill-samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

const CASE = '11371082PDY003018B3370705001001202611200801'
const person = ({ id, name }: { id: string; name: string }) => ({
  type: 'person' as const,
  idType: 'resident-id' as const,
  id,
  name,
})
const ENROLMENT = {
  item: 'rongcheng-p-008',
  case: CASE,
  purpose: '义务教育入学资格核验',
  operator: { ...OPERATORS.education },
  subjects: { subject: person(PUPIL), guardian: person(GUARDIAN) },
}
const NEW_HOME = {
  item: 'rongcheng-p-055',
  case: CASE,
  purpose: '新建商品房转移登记',
  operator: { ...OPERATORS.land },
  subjects: { subject: person(HUSBAND), spouse: person(WIFE) },
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
type Any = any
interface Got {
  status: number
  body: Any
  text: string
}

let seeded: Seeded
beforeAll(async () => {
  seeded = await seededGateway()
})
afterAll(() => seeded?.stop())

async function post(client: GuanyiClient, path: string, op: string, ask: object): Promise<Got> {
  const { body } = await client.signRequest(op as 'query', ask as never)
  return await send(path, body)
}

async function send(path: string, body: string): Promise<Got> {
  const response = await fetch(`${seeded.gateway.dataUrl}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/jose' },
  })
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text), text }
}

const prefill = (system: string, ask: object) => post(seeded.client(system), '/v1/prefill', 'prefill', ask)
const field = ({ body }: Got, id: string): Any => body.fields.find((each: Any) => each.id === id)

/** An answer with what is bound to differ taken out: ids, times, evidence. */
const shapeOf = ({ body }: Got): Any =>
  JSON.parse(
    JSON.stringify(body, (name, value) =>
      ['prefillId', 'exchangeId', 'index', 'evidence', 'asOf', 'materialsUntil', 'materialRef'].includes(name)
        ? '…'
        : value,
    ),
  )

async function withGrants(
  change: (grants: ReturnType<typeof createPostgresGrantStore>) => Promise<void>,
): Promise<void> {
  const grants = createPostgresGrantStore({ url: seeded.ownerUrl })
  try {
    await change(grants)
  } finally {
    await grants.close()
  }
}

describe('POST /v1/prefill', () => {
  it('fills the enrolment form for the guardian who is proven one, and masks the child', async () => {
    const got = await prefill('rc-enrolment', ENROLMENT)
    expect(got.status, got.text).toBe(200)
    expect(field(got, 'guardianName')).toMatchObject({
      value: GUARDIAN.name,
      editable: false,
      source: { kind: 'data', dataset: 'household-registration', provider: 'rc-gaj', status: 'ok' },
    })
    expect(field(got, 'guardianReNo').value).toMatch(/不动产权/)
    expect(field(got, 'name')).toMatchObject({ value: '测****', masked: true })
    expect(field(got, 'birth')).toMatchObject({ verified: true })
    expect(field(got, 'birth').value).toBeUndefined()
    expect(field(got, 'applySchool')).toMatchObject({ empty: 'ask-applicant' })
    const situation = (id: string): Any => got.body.situations.find((each: Any) => each.id === id)
    expect(situation('local')).toMatchObject({ state: 'settled', value: 'y', by: 'data' })
    expect(situation('work')).toMatchObject({ state: 'not-applicable' })
    const material = (code: string): Any => got.body.materials.find((each: Any) => each.code === code)
    expect(material('M007')).toMatchObject({ state: 'not-needed', ground: 'data-sharing' })
    expect(material('M021').materialRef).toBeTypeOf('string')
    expect(material('M026')).toMatchObject({ state: 'please-submit', instead: 'commitment' })
    // No value of the child, and none read for a check only, is in the answer or its evidence.
    expect(got.text).not.toContain(FATHER.id)
    expect(got.text.replaceAll(/"evidence":"[^"]*"/g, '')).not.toContain(PUPIL.id)
    for (const { evidence } of got.body.exchanges) {
      const disclosed = evidence
        .split('~')
        .slice(1, -1)
        .map((each: string) => Buffer.from(each, 'base64url').toString())
      expect(disclosed.join(' ')).not.toMatch(/motherIdNumber|guardianIdNumber|registrationDivision/)
    }
  })

  it('records every exchange of one prefill in one commit, without values', async () => {
    const got = await prefill('rc-enrolment', ENROLMENT)
    const ids = got.body.exchanges.map(({ exchangeId }: Any) => exchangeId)
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(got.body.prefillId)
    const rows = await seeded.sql<{ entry: Buffer; tx: string; mode: string }>(
      'select entry, xmin::text as tx, mode from records where exchange_id = any($1) order by index',
      [ids],
    )
    expect(new Set(rows.map(({ tx }) => tx)).size).toBe(1)
    expect(rows.map(({ mode }) => mode)).toEqual(['prefill', 'prefill'])
    const entries = rows.map(({ entry }) => JSON.parse(entry.toString()))
    expect(entries[1].prefill).toMatchObject({ id: got.body.prefillId, role: 'guardian', relation: 'proven' })
    expect(entries[0].prefill.totals.filled).toBeGreaterThan(8)
    expect(entries[0].released['birth-record']).toEqual(['certificateNumber'])
    const all = rows.map(({ entry }) => entry.toString()).join()
    for (const secret of [PUPIL.id, PUPIL.name, GUARDIAN.id, GUARDIAN.name]) expect(all).not.toContain(secret)
  })

  it('fills a new home’s form for a couple; the spouse’s values are masked', async () => {
    const got = await prefill('rc-land', NEW_HOME)
    expect(got.status, got.text).toBe(200)
    expect(got.body.situations[0]).toMatchObject({ id: 'married', value: 'y', by: 'data' })
    expect(
      got.body.fields.filter(({ role }: Any) => role === 'subject').some(({ value }: Any) => value === HUSBAND.name),
    ).toBe(true)
    const spouse = got.body.fields.filter(({ role, source }: Any) => role === 'spouse' && source?.kind === 'data')
    expect(spouse.length).toBeGreaterThan(0)
    expect(spouse.every(({ masked, verified }: Any) => masked || verified)).toBe(true)
    expect(JSON.stringify(got.body.fields)).not.toContain(WIFE.id)
  })

  it('answers alike for an unrelated guardian and for one nobody knows', async () => {
    const as = (who: { id: string; name: string }) =>
      prefill('rc-enrolment', { ...ENROLMENT, subjects: { subject: person(PUPIL), guardian: person(who) } })
    const unrelated = await as(HUSBAND)
    const nobody = await as(NOBODY)
    expect(unrelated.status).toBe(200)
    const plain = (got: Got, who: { id: string; name: string }) =>
      JSON.parse(JSON.stringify(shapeOf(got)).replaceAll(who.id, 'ID').replaceAll(who.name, 'NAME'))
    expect(plain(unrelated, HUSBAND)).toEqual(plain(nobody, NOBODY))
    expect(field(unrelated, 'guardianReNo').empty).toBe('open-situation')
    expect(field(unrelated, 'guardianAddr').empty).toBe('ask-applicant')
    expect(unrelated.body.exchanges[1]).toMatchObject({ role: 'guardian', outcome: 'refused', reasons: [] })
  })

  it('leaves to the applicant what is not granted, and only that', async () => {
    const before = await prefill('rc-enrolment', ENROLMENT)
    const id = 'grant-p2.1-jyj-minor'
    await withGrants(async (grants) => void (await grants.setStatus(id, 'suspended', 'test', 'test')))
    try {
      await expect.poll(async () => field(await prefill('rc-enrolment', ENROLMENT), 'bcNo').empty).toBe('not-granted')
      const after = await prefill('rc-enrolment', ENROLMENT)
      const changed = after.body.fields.filter(
        (each: Any, at: number) => (each.empty === undefined) !== (before.body.fields[at].empty === undefined),
      )
      expect(changed.map((each: Any) => each.id)).toEqual(['bcNo'])
    } finally {
      await withGrants(async (grants) => void (await grants.setStatus(id, 'active', 'test', 'test')))
    }
    // Reads exactly like an unrelated one when the grant for the relation goes.
    const relation = 'grant-p2.1-jyj-prefill-relation'
    await withGrants(async (grants) => void (await grants.setStatus(relation, 'suspended', 'test', 'test')))
    try {
      await expect
        .poll(async () => field(await prefill('rc-enrolment', ENROLMENT), 'guardianAddr').empty)
        .toBe('ask-applicant')
      const ungranted = await prefill('rc-enrolment', ENROLMENT)
      const parts = ({ body }: Got): Any => [
        body.fields.filter(({ role }: Any) => role === 'guardian').map(({ id: own, empty }: Any) => [own, empty]),
        body.exchanges[1].outcome,
      ]
      const unrelated = await prefill('rc-enrolment', {
        ...ENROLMENT,
        subjects: { subject: person(PUPIL), guardian: person(HUSBAND) },
      })
      expect(parts(ungranted)).toEqual(parts(unrelated))
    } finally {
      await withGrants(async (grants) => void (await grants.setStatus(relation, 'active', 'test', 'test')))
    }
  })

  it('refuses a repeat, a stranger’s role and a department the caller is no agent of', async () => {
    const client = seeded.client('rc-enrolment')
    const { body } = await client.signRequest('prefill' as 'query', ENROLMENT as never)
    expect((await send('/v1/prefill', body)).status).toBe(200)
    const again = await send('/v1/prefill', body)
    expect(again.body).toMatchObject({ status: 409, code: 'request.replayed', firstExchange: { outcome: 'released' } })
    const role = await prefill('rc-enrolment', {
      ...ENROLMENT,
      subjects: { ...ENROLMENT.subjects, uncle: person(FATHER) },
    })
    expect(role.body).toMatchObject({ status: 400, code: 'request.malformed' })
    const foreign = await prefill('rc-enrolment', { ...ENROLMENT, onBehalfOf: 'rc-gaj' })
    expect(foreign.body).toMatchObject({ status: 403, code: 'access.denied' })
    const rows = await seeded.sql('select code from records where exchange_id = $1', [
      String(foreign.body.instance).split('/').at(-1),
    ])
    expect(rows).toEqual([{ code: 'access.denied' }])
  })

  it('checks at acceptance that the values still hold, for its own system only', async () => {
    const { body } = await prefill('rc-enrolment', ENROLMENT)
    const path = `/v1/prefill/${body.prefillId}/recheck`
    const checked = await post(seeded.client('rc-enrolment'), path, 'recheck', {
      prefillId: body.prefillId,
      operator: ENROLMENT.operator,
    })
    expect(checked.status, checked.text).toBe(200)
    expect(checked.body).toMatchObject({ prefillId: body.prefillId, holds: true })
    expect(checked.body.fields.length).toBeGreaterThan(8)
    expect(checked.text).not.toContain(GUARDIAN.name)
    const foreign = await post(seeded.client('rc-land'), path, 'recheck', { prefillId: body.prefillId })
    expect(foreign.body).toMatchObject({ status: 404, code: 'request.unknown-resource' })
    const other = (await prefill('rc-enrolment', ENROLMENT)).body.prefillId
    const redirected = await post(seeded.client('rc-enrolment'), path, 'recheck', { prefillId: other })
    expect(redirected.body).toMatchObject({ status: 404, code: 'request.unknown-resource' })
  })

  it('leads from a material to a printable sheet, for its own system and case, without scripts', async () => {
    const { body } = await prefill('rc-enrolment', ENROLMENT)
    const { materialRef } = body.materials.find(({ code }: Any) => code === 'M007')
    const page = await (await seeded.client('rc-enrolment').get(`/v1/materials/${materialRef}`)).text()
    expect(page).toContain('核验单')
    expect(page).toContain(CASE)
    expect(page).not.toMatch(/<script|http:/)
    expect(page).not.toContain(PUPIL.id)
    await expect(seeded.client('rc-land').get(`/v1/materials/${materialRef}`)).rejects.toThrow(
      'request.unknown-resource',
    )
    const later = await seeded.another(() => Date.now() + 16 * 60_000)
    const { createClient } = await import('../../gateway/client/index.ts')
    const key = seeded.installation.systemKeys.get('rc-enrolment')!.jwk
    const client = createClient({
      url: later.dataUrl,
      gatewayId: 'guanyi:371082',
      system: 'rc-enrolment',
      key,
      now: () => Date.now() + 16 * 60_000,
    })
    await expect(client.get(`/v1/materials/${materialRef}`)).rejects.toThrow('request.unknown-resource')
  })

  it('fills a bundle item by item, by each department’s own grants, and asks one thing once', async () => {
    const got = await prefill('rc-enrolment', {
      bundle: 'school-entry',
      case: CASE,
      purpose: ENROLMENT.purpose,
      operator: ENROLMENT.operator,
      subjects: { child: person(PUPIL), guardian: person(GUARDIAN) },
    })
    expect(got.status, got.text).toBe(200)
    const [insurance, school] = got.body.forms
    expect(school.fields.find(({ id }: Any) => id === 'guardianName')).toMatchObject({ value: GUARDIAN.name })
    // The education system is no agent of the insurance office: nothing of its form is filled from data.
    expect(insurance.department).toBeNull()
    expect(insurance.fields.every(({ source }: Any) => source?.kind !== 'data')).toBe(true)
    const name = got.body.merged.find(({ element, role }: Any) => element === 'person-name' && role === 'guardian')
    expect(name.fields).toHaveLength(2)
  })

  it('takes from a bundle exactly the fields of the one department whose grant is gone', async () => {
    const filled = async () =>
      (await seeded.client('rc-approval').prefill(SCHOOL_BUNDLE)).forms!.flatMap(({ item, fields }) =>
        fields.filter(({ source }) => source?.kind === 'data').map(({ id }) => `${item} ${id}`),
      )
    const before = await filled()
    const insurance = before.filter((each) => each.startsWith('rongcheng-p-042-1 '))
    const school = before.filter((each) => each.startsWith('rongcheng-p-008 '))
    expect(insurance.length).toBeGreaterThan(0)
    expect(school.length).toBeGreaterThan(8)
    const id = 'grant-p4.3-rsj-insurance'
    await withGrants(async (grants) => void (await grants.setStatus(id, 'suspended', 'test', 'test')))
    try {
      await expect.poll(filled).toEqual(school)
    } finally {
      await withGrants(async (grants) => void (await grants.setStatus(id, 'active', 'test', 'test')))
    }
  })

  it('does not wait past the deadline for a source that is slow; its fields stay empty and say so', async () => {
    const slow = seeded.providers.services['rc-zrzyj-http']
    slow.setMode('slow')
    try {
      const startedAt = performance.now()
      const got = await prefill('rc-enrolment', {
        ...ENROLMENT,
        maxAgeSeconds: 0,
        deadlineMs: 400,
        answers: { housing: 'own' },
      })
      expect(performance.now() - startedAt).toBeLessThan(2_000)
      expect(got.status, got.text).toBe(200)
      expect(field(got, 'guardianReNo').empty).toBe('unavailable')
      expect(field(got, 'guardianName').value).toBe(GUARDIAN.name)
    } finally {
      slow.setMode('ok')
    }
  })

  it('is a call of the client, which verifies every bearer’s evidence', async () => {
    for (const { system, request } of PREFILL_SAMPLES) {
      const answer = await seeded.client(system).prefill(request)
      expect(answer.exchanges.some(({ outcome }) => outcome === 'released')).toBe(true)
      expect(prefillText(answer, createTerminal('zh', false))).toContain(answer.prefillId)
    }
  })

  it('walks through the steps of the demonstration', async () => {
    const lines: string[] = []
    const voice = createVoice({ write: (line) => lines.push(line) }, false)
    const walk = { voice, client: (system: string) => seeded.client(system) } as unknown as Walk
    for (const step of PREFILL_STEPS) await step.run(walk)
    expect(lines.join('\n')).toContain('义务教育入学报名申请表')
    expect(lines.join('\n')).toContain('核验单已出具')
  })
})
