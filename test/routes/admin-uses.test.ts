import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuditCity, auditCity, CHILD, PERSON } from '../audit/audit-city.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member.
type Answer = any

describe('uses of a provider’s own datasets', () => {
  let city: AuditCity
  beforeAll(async () => {
    city = await auditCity()
    await city.tell(
      { columns: { caseNo: 'CASE-1' } },
      { subject: CHILD, columns: { caseNo: 'CASE-2', onBehalfOf: 'rc-mzj' } },
      { columns: { datasets: ['student-record'], fields: ['student-record.school'] } },
      {
        columns: {
          caseNo: 'CASE-3',
          outcome: 'refused',
          code: 'access.denied',
          datasets: ['household-registration', 'student-record'],
          fields: [
            'household-registration.address',
            'guardian:household-registration.address',
            'student-record.school',
          ],
        },
      },
    )
  })
  afterAll(() => city.stop())
  const uses = async (query: string, system = 'rc-population') => {
    const response = await city.ask(`/v1/uses?${query}`, { headers: { authorization: `Bearer ${system}` } })
    return { status: response.status, link: response.headers.get('link'), body: (await response.json()) as Answer }
  }

  it('lists who used which of its fields, for what and with what outcome, and about nobody', async () => {
    const { body } = await uses('dataset=household-registration')
    expect(body.uses).toMatchObject([
      { case: 'CASE-3', outcome: 'refused', code: 'access.denied', fields: ['household-registration.address'] },
      { case: 'CASE-2', consumer: 'rc-mzj' },
      {
        case: 'CASE-1',
        consumer: 'rc-jyj',
        scenario: 'P2.1',
        item: 'rongcheng-p-008',
        purpose: '义务教育入学资格核验',
        outcome: 'released',
        fields: ['household-registration.address', 'household-registration.householder'],
      },
    ])
    const text = JSON.stringify(body)
    for (const trace of ['guardian', 'student-record', PERSON.id, city.digests.of(PERSON), 'jyj-0231']) {
      expect(text).not.toContain(trace)
    }
  })

  it('pages, and takes no other system’s cursor', async () => {
    const page = await uses('dataset=household-registration&limit=2')
    const rest = await city.ask(/^<(.*)>/.exec(page.link ?? '')![1]!, {
      headers: { authorization: 'Bearer rc-population' },
    })
    expect(((await rest.json()) as { uses: unknown[] }).uses).toMatchObject([{ case: 'CASE-1' }])
    const other = await uses(`dataset=student-record&cursor=${page.body.next}`, 'rc-enrolment')
    expect(other.body.reasons[0].rule).toBe('cursor')
  })

  it.each(['dataset=household-registration', 'dataset=no-such-dataset', ''])(
    'refuses %j to whoever is not its provider',
    async (query) => {
      const { status, body } = await uses(query, 'rc-enrolment')
      expect(status).toBe(403)
      expect(body).toMatchObject({ code: 'access.denied', reasons: [{ rule: 'provider-only' }] })
    },
  )

  it('takes no criteria beyond dataset, outcome and time', async () => {
    expect((await uses('dataset=household-registration&case=CASE-1')).status).toBe(400)
    expect((await uses('dataset=household-registration&outcome=refused')).body.uses).toHaveLength(1)
  })
})
