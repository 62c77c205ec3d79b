import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerValidator } from '../../gateway/catalog/answer-schema.ts'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import type { Endpoint } from '../../gateway/ports/connector.ts'
import {
  BABY,
  COMPANY,
  COMPANY_IN_ARREARS,
  DEBTOR,
  DISABLED,
  GUARDIAN,
  GUARDIAN_HOME,
  HOME_OWNER,
  HUSBAND,
  NOBODY,
  VETERAN,
} from '../../seeds/population/cast.ts'
import { generatePopulation } from '../../seeds/population/index.ts'
import { libraryAccess, startLicences } from '../../seeds/providers/services.ts'
import type { ProviderService } from '../../seeds/providers/types.ts'
import { CALLER, connect } from './sources.ts'

const TODAY = '20261120'
let library: ProviderService
let endpoints: Record<string, Endpoint>
let codeLists: Catalog['codeLists']
beforeAll(async () => {
  codeLists = (await loadCatalog(new URL('../../catalogs', import.meta.url).pathname)).codeLists
  const city = generatePopulation({ seed: 'licences', today: TODAY, people: 200, organisations: 40 })
  library = await startLicences(city)
  endpoints = { 'wh-licence-http': { url: library.url, secret: { ...libraryAccess(city) } } }
})
afterAll(() => library.close())

const ask = (id: string, holderNumber: string, more: Record<string, string> = {}) =>
  connect(id, endpoints).ask({ holderNumber, ...more })
const states = async (id: string, holder: string) => (await ask(id, holder)).records.map(({ state }) => state)

const IDS = readdirSync(new URL('../../catalogs/datasets', import.meta.url))
  .filter((name) => name.startsWith('licence-'))
  .map((name) => name.replace('.json', ''))

describe('the licence library', () => {
  it('stands behind fifty datasets, each with an answer or none, never a broken one', async () => {
    expect(IDS).toHaveLength(50)
    const someone = [GUARDIAN.id, HUSBAND.id, DISABLED.id, BABY.id, HOME_OWNER.id]
    let held = 0
    for (const id of IDS) {
      const { entry, ask } = connect(id, endpoints)
      const holders = entry.subjectTypes[0] === 'person' ? someone : [COMPANY.id, COMPANY_IN_ARREARS.id]
      for (const holderNumber of holders) {
        const { records } = await ask({ holderNumber })
        held += records.length
        const keepsContract = answerValidator(
          entry,
          entry.fields.map((field) => field.id),
          codeLists,
        )
        for (const record of records) expect(keepsContract(record), `${id} ${JSON.stringify(record)}`).toBe(true)
      }
    }
    expect(held).toBeGreaterThan(25)
  })

  it.each([
    ['licence-identity-card', GUARDIAN.id, ['01']],
    ['licence-identity-card', HOME_OWNER.id, ['04']],
    ['licence-marriage-certificate', GUARDIAN.id, ['01']],
    ['licence-driving-licence', VETERAN.id, ['06']],
    ['licence-driving-licence', DEBTOR.id, ['05']],
    ['licence-driving-licence', HUSBAND.id, ['01']],
    ['licence-health-proof', DEBTOR.id, ['04']],
    ['licence-birth-certificate', BABY.id, ['01']],
    ['licence-disability-card', DISABLED.id, ['01']],
    ['licence-business-licence-certificate', COMPANY.id, ['01']],
    ['licence-food-business-permit', COMPANY_IN_ARREARS.id, ['07']],
    ['licence-sanitary-permit', COMPANY.id, ['04']],
    ['licence-identity-card', NOBODY.id, []],
  ])('%s of %s is %j', async (id, holder, want) => {
    expect(await states(id, holder)).toEqual(want)
  })

  it('finds one licence of several by the number that paper shows', async () => {
    const all = await ask('licence-real-estate-title', HOME_OWNER.id)
    expect(all.records.length).toBeGreaterThanOrEqual(5)
    const certificateNumber = all.records[2]!.certificateNumber as string
    const { records } = await ask('licence-real-estate-title', HOME_OWNER.id, { certificateNumber })
    expect(records).toEqual([all.records[2]])
    const others = await ask('licence-real-estate-title', HOME_OWNER.id, {
      certificateNumber: GUARDIAN_HOME.certificate,
    })
    expect(others.records).toEqual([])
  })

  it('refuses a question without an item (R105)', async () => {
    const { ask } = connect('licence-identity-card', endpoints)
    await expect(ask({ holderNumber: GUARDIAN.id }, { caller: { ...CALLER, item: null } })).rejects.toMatchObject({
      code: 'provider.contract',
    })
  })

  it('knows no caller without the pair it gave', async () => {
    const stranger = {
      'wh-licence-http': { url: library.url, secret: { accessId: 'guanyi-371082', accessToken: 'x' } },
    }
    await expect(connect('licence-identity-card', stranger).ask({ holderNumber: GUARDIAN.id })).rejects.toMatchObject({
      code: 'provider.unreachable',
    })
  })

  it.each([
    ['driving-licence', VETERAN.id, '06'],
    ['food-business-permit', 'JY1371082DY10002', '07'],
    ['sanitary-permit', '荣卫公字DY10001', '04'],
    ['business-licence-certificate', '37108220DY10001', '01'],
    ['real-estate-title', GUARDIAN_HOME.certificate, '01'],
  ])(
    'says of a %s by the number on it its state, and neither whose it is nor what is on it',
    async (id, number, state) => {
      const { ask, entry } = connect(`certificate-state-${id}`, endpoints)
      expect(entry.inputs.map(({ from }) => from)).toEqual(['key'])
      const { records } = await ask({ certificateNumber: number })
      expect(records).toMatchObject([{ certificateNumber: number, state }])
      expect(Object.keys(records[0]!).sort()).toEqual([
        'certificateNumber',
        'issuer',
        'state',
        'validFrom',
        'validUntil',
      ])
      expect((await ask({ certificateNumber: `${number}x` })).records).toEqual([])
    },
  )
})
