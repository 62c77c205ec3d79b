import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PrefillReport, QualityLine } from '../../gateway/audit/prefill-stats.ts'
import { createOperatorClient, type OperatorClient } from '../../gateway/client/operator-client.ts'
import type { PrefillAsk } from '../../gateway/client/prefill.ts'
import { countForm } from '../../gateway/prefill/rates.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { PUPIL } from '../../seeds/population/cast.ts'
import { ENROLMENT_FORM, NEW_HOME_FORM, SCHOOL_BUNDLE } from '../../seeds/samples/prefill-samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

let seeded: Seeded
let audit: OperatorClient
beforeAll(async () => {
  seeded = await seededGateway()
  const operator = seeded.installation.operators.find(({ role }) => role === 'audit-administrator')!
  audit = createOperatorClient({
    url: seeded.gateway.managementUrl,
    gatewayId: GATEWAY_ID,
    operator: operator.id,
    key: operator.jwk,
  })
})
afterAll(() => seeded?.stop())

const report = (query = ''): Promise<PrefillReport> => audit.get<PrefillReport>(`/admin/v1/stats/prefill?${query}`)
const fresh = (ask: PrefillAsk): PrefillAsk => ({ ...ask, maxAgeSeconds: 0 })
const NO_QUALITY = { answers: 0, broken: 0, rows: 0, rowsFailed: 0, values: 0, valuesFailed: 0 }

/** What one thing done adds to the sums of one dataset. */
async function added(dataset: string, act: () => Promise<unknown>) {
  const sums = async () => {
    const line: Omit<QualityLine, 'passRate'> | typeof NO_QUALITY =
      (await report()).quality.find((each) => each.dataset === dataset) ?? NO_QUALITY
    return Object.values(NO_QUALITY).map((_, at) => line[Object.keys(NO_QUALITY)[at] as keyof typeof NO_QUALITY])
  }
  const before = await sums()
  await act()
  const after = await sums()
  return Object.fromEntries(Object.keys(NO_QUALITY).map((name, at) => [name, after[at]! - before[at]!]))
}

describe('rates of prefilled forms from the records', () => {
  it('has no rate before anything was filled', async () => {
    const { rows, total, leftOut, quality } = await report()
    expect({ rows, leftOut, quality }).toEqual({ rows: [], leftOut: { skeleton: 0, unstated: 0 }, quality: [] })
    expect(total).toMatchObject({ forms: 0, sample: false, fieldSharing: null, noSubmission: null })
  })

  /*
   * By hand, from the forms and the cast. rongcheng-p-008: 27 fields; 情形 local=y, housing=own rule out the three of
   * social insurance and the rental address, 23 stay; the applicant writes school, health, vaccination, phone; ethnic
   * group is not granted, migration date not there: 17 filled. Materials: 8, of which rental, residence permit,
   * insurance and business licence do not apply; M007 and M021 come from data, M026 is handed in, M014 (a certificate)
   * hangs on an open 情形. rongcheng-p-055: 20 fields, 6 filled; 8 materials,
   * 4 of them certificates: both identity cards are good, the agent's hangs on an open 情形, the marriage certificate is
   * not granted.
   */
  const ENROLLED = {
    fields: 23,
    filled: 17,
    materials: 4,
    notNeeded: 2,
    abolished: 0,
    byCertificate: 0,
    bySharing: 2,
    certificates: 1,
  }
  const AT_HOME = {
    fields: 20,
    filled: 6,
    materials: 8,
    notNeeded: 3,
    abolished: 0,
    byCertificate: 3,
    bySharing: 0,
    certificates: 4,
  }
  const INSURED = { fields: 11, filled: 7, materials: 1, notNeeded: 0, certificates: 1 }

  it('counts each form once, for its own department, whoever its bearers are', async () => {
    const enrolled = await seeded.client('rc-enrolment').prefill(ENROLMENT_FORM)
    expect(enrolled.exchanges).toHaveLength(2)
    await seeded.client('rc-land').prefill(NEW_HOME_FORM)
    // Answers are counted by the same arithmetic as records.
    expect(countForm({ fields: enrolled.fields!, materials: enrolled.materials! })).toEqual(ENROLLED)
    const { rows, total } = await report('by=department')
    expect(rows).toEqual([
      expect.objectContaining({
        key: 'rc-jyj',
        name: '荣成市教育体育局',
        forms: 1,
        sample: true,
        sampleForms: 1,
        ...ENROLLED,
        fieldSharing: 17 / 23,
        certificateSubstitution: 0,
        noSubmission: 2 / 4,
      }),
      expect.objectContaining({
        key: 'rc-zrzyj',
        forms: 1,
        ...AT_HOME,
        fieldSharing: 6 / 20,
        certificateSubstitution: 3 / 4,
        noSubmission: 3 / 8,
      }),
    ])
    expect(total).toMatchObject({
      forms: 2,
      fieldSharing: 23 / 43,
      certificateSubstitution: 3 / 5,
      noSubmission: 5 / 12,
    })
  })

  it('counts a bundle item by item, each under the department whose grants decided', async () => {
    await seeded.client('rc-approval').prefill(SCHOOL_BUNDLE)
    const rows = (await report('by=department')).rows
    expect(rows.map(({ key, forms, filled, fields }) => [key, forms, filled, fields])).toEqual([
      ['rc-jyj', 2, 34, 46],
      ['rc-rsj', 1, INSURED.filled, INSURED.fields],
      ['rc-zrzyj', 1, 6, 20],
    ])
    // The education office is no agent of the insurance office: that form is nobody's success, and not hidden.
    await seeded.client('rc-enrolment').prefill(SCHOOL_BUNDLE)
    const after = (await report('by=department')).rows
    expect(after.find(({ key }) => key === '')).toMatchObject({ forms: 1, filled: 0, noSubmission: 0 })
    expect(after.find(({ key }) => key === 'rc-jyj')).toMatchObject({ forms: 3, filled: 51 })
    expect(after.find(({ key }) => key === 'rc-rsj')).toMatchObject({ forms: 1 })
  })

  it('does not count a form again when it is checked again or sent again', async () => {
    const client = seeded.client('rc-enrolment')
    const before = (await report()).total.forms
    const { body } = await client.signRequest('prefill' as 'query', ENROLMENT_FORM as never)
    const post = (path: string, text: string) =>
      fetch(`${seeded.gateway.dataUrl}${path}`, {
        method: 'POST',
        body: text,
        headers: { 'content-type': 'application/jose' },
      })
    const first = await post('/v1/prefill', body)
    const { prefillId } = (await first.json()) as { prefillId: string }
    expect((await post('/v1/prefill', body)).status).toBe(409)
    const recheck = await client.signRequest('recheck' as 'query', { prefillId } as never)
    expect((await post(`/v1/prefill/${prefillId}/recheck`, recheck.body)).status).toBe(200)
    expect((await report()).total.forms).toBe(before + 1)
  })

  it('leaves skeletons out, and says how many', async () => {
    const before = await report()
    await seeded
      .client('rc-enrolment')
      .prefill({ ...ENROLMENT_FORM, item: 'rongcheng-p-010', subjects: { subject: ENROLMENT_FORM.subjects.subject! } })
    const after = await report()
    expect(after.leftOut).toEqual({ skeleton: 1, unstated: 0 })
    expect(after.total).toEqual(before.total)
  })

  it('is not raised by a source that is away', async () => {
    const service = seeded.providers.services['rc-zrzyj-http']
    const before = (await report('item=rongcheng-p-008')).total
    service.setMode('down')
    try {
      expect(
        await added('real-estate', () =>
          seeded.client('rc-enrolment').prefill({ ...fresh(ENROLMENT_FORM), answers: { housing: 'own' } }),
        ),
      ).toEqual(NO_QUALITY)
    } finally {
      service.setMode('ok')
    }
    const { total, quality } = await report('item=rongcheng-p-008')
    // The four fields of the house and its proof stay in the form, empty.
    expect(total.fields - before.fields).toBe(23)
    expect(total.filled - before.filled).toBe(13)
    expect(total.notNeeded - before.notNeeded).toBe(1)
    expect(quality).toEqual([])
  })

  it('tells rates per item, stage and month', async () => {
    const { total } = await report()
    const stages = (await report('by=stage')).rows
    expect(stages.map(({ key, name }) => [key, name])).toEqual([
      ['P2', '教育'],
      ['P4', '工作'],
      ['P5', '置业'],
    ])
    expect(stages.reduce((sum, { filled }) => sum + filled, 0)).toBe(total.filled)
    const items = (await report('by=item&member=rc-rsj')).rows
    expect(items).toEqual([expect.objectContaining({ key: 'rongcheng-p-042-1', forms: 1, ...INSURED })])
    expect((await report('by=month')).rows).toHaveLength(1)
  })
})

describe('quality of sources from the answers fetched', () => {
  const enrol = () => seeded.client('rc-enrolment').prefill(fresh(ENROLMENT_FORM))

  it('counts the values of an answer, and none of one from the cache', async () => {
    // Certificate number, mother's and father's numbers.
    const whole = { answers: 1, broken: 0, rows: 1, rowsFailed: 0, values: 3, valuesFailed: 0 }
    expect(await added('birth-record', enrol)).toEqual(whole)
    const { maxAgeSeconds: _, ...cached } = fresh(ENROLMENT_FORM)
    await seeded.client('rc-enrolment').prefill(cached)
    const again = await added('household-registration', () => seeded.client('rc-enrolment').prefill(cached))
    expect(again).toEqual(NO_QUALITY)
  })

  it('counts an identifier that is not well formed, and releases the answer all the same', async () => {
    const birth = seeded.population.births.find(({ childId }) => childId === PUPIL.id)!
    const { motherId } = birth
    const mother = seeded.population.people.get(motherId)!
    const wrong = `${motherId.slice(0, 17)}${motherId.endsWith('1') ? '2' : '1'}`
    ;(seeded.population.people as Map<string, typeof mother>).set(wrong, mother)
    ;(birth as { motherId: string }).motherId = wrong
    try {
      const seen = await added('birth-record', async () => {
        const { fields } = await enrol()
        expect(fields!.find(({ id }) => id === 'bcNo')).toMatchObject({ source: { kind: 'data', status: 'ok' } })
      })
      expect(seen).toEqual({ answers: 1, broken: 0, rows: 1, rowsFailed: 1, values: 3, valuesFailed: 1 })
    } finally {
      ;(birth as { motherId: string }).motherId = motherId
      ;(seeded.population.people as Map<string, typeof mother>).delete(wrong)
    }
    const line = (await report()).quality.find(({ dataset }) => dataset === 'birth-record')!
    expect(line).toMatchObject({ provider: 'rc-wjj', providerName: '荣成市卫生健康局' })
    expect(line.passRate).toBe((line.values - 1) / line.values)
  })

  it.each([
    ['wrong types', JSON.stringify({ code: '0', message: '', requestId: 'r', data: [{ certNo: [1], mother: {} }] })],
    ['garbage', '<html>'],
  ])('counts an answer that breaks its contract (%s)', async (_how, text) => {
    const { national } = seeded.providers
    national.intercept = ({ url }, response) => {
      if (url !== '/httpproxy') return false
      response.writeHead(200, { 'content-type': 'application/json' }).end(text)
      return true
    }
    try {
      const seen = await added('birth-record', enrol)
      expect(seen).toMatchObject({ answers: 1, broken: 1 })
      expect(seen.valuesFailed).toBe(seen.values)
    } finally {
      national.intercept = () => false
    }
  })

  it('keeps nothing that leads from the sums to an exchange, and nothing in the entry', async () => {
    const { prefillId } = await enrol()
    const [row] = await seeded.sql<{ entry: Buffer }>('select entry from records where exchange_id = $1', [prefillId])
    expect(row!.entry.toString()).not.toMatch(/rowsFailed|valuesFailed|checks/)
    const columns = await seeded.sql<{ name: string }>(
      `select column_name as name from information_schema.columns where table_name = 'quality_months' order by ordinal_position`,
    )
    expect(columns.map(({ name }) => name).slice(0, 3)).toEqual(['month', 'provider', 'dataset'])
    expect(columns).toHaveLength(9)
  })
})
