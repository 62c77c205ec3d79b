import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, Ask } from '../../gateway/client/index.ts'
import {
  COMPANY,
  COMPANY_IN_ARREARS,
  FATHER,
  HOME_OWNER,
  HUSBAND,
  OPERATORS,
  VETERAN,
} from '../../seeds/population/cast.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

let seeded: Seeded
beforeAll(async () => {
  seeded = await seededGateway()
})
afterAll(() => seeded.stop())

const person = ({ id, name }: { id: string; name: string }) =>
  ({ type: 'person', idType: 'resident-id', id, name }) as const
const library = () => seeded.providers.services['wh-licence-http']
const BASE = {
  scenario: 'S1.7',
  item: 'rongcheng-p-092',
  application: 'SP-2026-000777',
  purpose: '电子证照核验',
  operator: OPERATORS.approval,
  subject: person(FATHER),
} as const
const query = (change: Partial<Ask>) => seeded.client('rc-approval').query({ ...BASE, ...change })
const refused = (change: Partial<Ask>): Promise<{ code: string; reasons: object[] }> =>
  query(change).then(
    () => expect.unreachable(),
    (thrown: { problem: { code: string; reasons: object[] } }) => thrown.problem,
  )
/** By the number alone, as on a paper somebody shows. */
const state = (certificate: string, number: string): Promise<Answer> => {
  const dataset = `certificate-state-${certificate}`
  return query({
    keys: { [`${dataset}.certificateNumber`]: number },
    fields: [`${dataset}.state`, `${dataset}.validUntil`],
  })
}
/** Of the applicant's own certificate, the number compared with what the paper shows. */
const own = (dataset: string, subject: Ask['subject'], number: string): Promise<Answer> =>
  query({
    subject,
    ...(subject.type === 'organisation' && { scenario: 'S2.3', item: 'rongcheng-e-015' }),
    keys: { [`${dataset}.certificateNumber`]: number },
    fields: [`${dataset}.state`, `${dataset}.validUntil`],
  })
const statusOf = ({ sources }: Answer): string => Object.values(sources)[0]!.status

describe('a certificate by the number on its paper', () => {
  it.each([
    ['in force, without end', 'business-licence-certificate', '37108220DY10001', '01'],
    ['revoked (吊销)', 'driving-licence', VETERAN.id, '06'],
    ['withdrawn (撤销)', 'food-business-permit', 'JY1371082DY10002', '07'],
    ['run out', 'sanitary-permit', '荣卫公字DY10001', '04'],
  ])(
    '%s: state and validity come back, and nothing of its content or holder',
    async (_name, certificate, number, want) => {
      const answer = await state(certificate, number)
      const data = answer.data?.[`certificate-state-${certificate}`] as Record<string, unknown>
      expect(Object.keys(data).sort()).toEqual(['state', 'validUntil'])
      expect(data.state).toBe(want)
      const { evidence, ...plain } = answer
      const disclosed = evidence.split('~').slice(1, -1)
      const all = [
        JSON.stringify({ ...plain, verified: null }),
        ...disclosed.map((each) => Buffer.from(each, 'base64url')),
      ]
      for (const { id, name } of [VETERAN, COMPANY, COMPANY_IN_ARREARS]) {
        expect(all.join()).not.toContain(name)
        expect(all.join()).not.toContain(id)
      }
      // What was asked for is the number's state: the number itself is in no record.
      const [row] = await seeded.sql<{ entry: Buffer }>('select entry from records where exchange_id = $1', [
        answer.exchangeId,
      ])
      expect(row!.entry.toString()).not.toContain(number)
    },
  )

  it('unknown: not found, which is an answer and no proof', async () => {
    const answer = await state('driving-licence', FATHER.id.replace(/.$/, '0'))
    expect([statusOf(answer), answer.complete, answer.data]).toEqual(['not-found', true, {}])
  })

  it('needs the number: without it the dataset is not asked', async () => {
    const before = library().calls()
    const problem = await refused({ fields: ['certificate-state-driving-licence.state'] })
    expect(problem.code).toBe('subject.incomplete')
    expect(library().calls()).toBe(before)
  })

  it('is read anew each time: a certificate revoked a moment ago comes back as revoked', async () => {
    const of = async () =>
      ((await state('business-licence-certificate', '37108220DY10001')).data as Record<string, { state: string }>)[
        'certificate-state-business-licence-certificate'
      ]!.state
    const before = library().calls()
    expect([await of(), await of()]).toEqual(['01', '01'])
    expect(library().calls()).toBe(before + 2)
    library().setMode('revoked')
    try {
      expect(await of()).toBe('06')
    } finally {
      library().setMode('ok')
    }
  })
})

describe('a certificate by holder and number', () => {
  it('is found under its own holder, and under nobody else: a wrong holder reads like a number that never was', async () => {
    const right = await own('licence-driving-licence', person(VETERAN), VETERAN.id)
    expect(right.data).toEqual({ 'licence-driving-licence': { state: '06', validUntil: null } })
    const plain = ({ data, sources, complete }: Answer) => [
      data,
      complete,
      Object.values(sources).map(({ asOf: _asOf, fetchedAt: _fetchedAt, ...rest }) => rest),
    ]
    const wrongHolder = await own('licence-driving-licence', person(HUSBAND), VETERAN.id)
    const unknown = await own('licence-driving-licence', person(HUSBAND), '371099000000000000')
    expect(statusOf(wrongHolder)).toBe('not-found')
    expect(plain(wrongHolder)).toEqual(plain(unknown))
  })

  it('run out, and withdrawn beside a later one of the same kind', async () => {
    const card = await own('licence-identity-card', person(HOME_OWNER), HOME_OWNER.id)
    expect(card.data).toMatchObject({ 'licence-identity-card': { state: '04' } })
    const permit = await own(
      'licence-food-business-permit',
      { type: 'organisation', idType: 'uscc', ...COMPANY_IN_ARREARS },
      'JY1371082DY10002',
    )
    expect(permit.data).toMatchObject({ 'licence-food-business-permit': { state: '07' } })
  })
})

describe('what is on it', () => {
  it('is not released without a grant that names it, and one field too many refuses the whole', async () => {
    const keys = { 'licence-driving-licence.certificateNumber': VETERAN.id }
    const fields = ['licence-driving-licence.state', 'licence-driving-licence.permittedTypes']
    const before = library().calls()
    const problem = await refused({ subject: person(VETERAN), keys, fields })
    expect(problem).toMatchObject({ code: 'access.denied' })
    expect(JSON.stringify(problem.reasons)).toContain('licence-driving-licence.permittedTypes')
    expect(library().calls()).toBe(before)
  })

  it('does not even exist where only the state may be asked', async () => {
    const keys = { 'certificate-state-driving-licence.certificateNumber': VETERAN.id }
    for (const field of ['holderName', 'permittedTypes'])
      expect((await refused({ keys, fields: [`certificate-state-driving-licence.${field}`] })).code).toBe(
        'field.unknown',
      )
    // In the dataset, but in no grant.
    expect((await refused({ keys, fields: ['certificate-state-driving-licence.issuer'] })).code).toBe('access.denied')
  })

  it('a type the grant does not list is refused, whoever shows the paper (R106)', async () => {
    const client = seeded.client('rc-land')
    const dataset = 'certificate-state-driving-licence'
    const asked = { keys: { [`${dataset}.certificateNumber`]: VETERAN.id }, fields: [`${dataset}.state`] }
    const land = {
      ...BASE,
      scenario: 'P5.1',
      item: 'rongcheng-p-055',
      purpose: '新建商品房转移登记',
      operator: OPERATORS.land,
    }
    await expect(client.query({ ...land, ...asked })).rejects.toMatchObject({ problem: { code: 'access.denied' } })
  })
})
