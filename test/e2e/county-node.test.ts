import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { fetchJwks } from '../../gateway/client/index.ts'
import { verifyChain } from '../../gateway/evidence/chain.ts'
import { COUNTY_ID } from '../../seeds/county/prepare.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { SAMPLES } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

const sample = (name: string) => {
  const found = SAMPLES.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no sample ${name}`)
  return structuredClone(found)
}

describe('the sample county node', () => {
  let city: Seeded
  beforeAll(async () => {
    city = await seededGateway({ county: true })
  }, 120_000)
  afterAll(() => city?.stop())

  const chainOf = async (claims: Record<string, unknown>) => {
    const keys = new Map([
      [GATEWAY_ID, await fetchJwks(city.gateway.dataUrl)],
      [COUNTY_ID, await fetchJwks(city.county!.gateway.dataUrl)],
    ])
    const resolveKey = (gateway: string, kid: string) => keys.get(gateway)?.get(kid)
    return verifyChain(claims, { crypto: createSoftwareCrypto(), resolveKey })
  }

  it('owns the project register: the city has it from there, for the department that asks', async () => {
    const { system, request } = sample('投资项目立项（按项目查询）')
    const { complete, data, verified } = await city.client(system).query(request)
    expect(complete).toBe(true)
    expect(data?.['investment-project']).toMatchObject({ state: expect.any(String) })
    expect(await chainOf(verified.claims)).toMatchObject([
      { source: 'investment-project', hop: COUNTY_ID, state: 'verified', system: 'rc-gateway', onBehalfOf: 'rc-spj' },
    ])
  })

  it('has birth records from the city, which has them from the national platform: three hops', async () => {
    const { request } = sample('出生登记')
    const { parties: _parties, ...ask } = request
    const police = city.county!.client('rc-police')
    const { data, verified } = await police.query({
      ...ask,
      fields: ['birth-record.childName', 'birth-record.motherName'],
    })
    expect(data?.['birth-record']).toMatchObject({ childName: expect.stringMatching(/^测试/) })
    const chain = await chainOf(verified.claims)
    expect(chain).toMatchObject([
      { hop: GATEWAY_ID, state: 'verified', system: 'sd-gateway', onBehalfOf: 'rc-gaj', claims: { via: [COUNTY_ID] } },
      { hop: 'national-exchange', state: 'stated' },
    ])
    expect(city.providers.national.journal.map(({ requestId }) => requestId)).toContain(chain[1]?.exchange)
  })

  it('serves nothing it does not publish, and nothing without a grant of its own', async () => {
    const { system, request } = sample('入学资格核验')
    await expect(city.county!.client(system).query(request)).rejects.toMatchObject({
      problem: { code: 'access.denied' },
    })
    // The city's key is not the county's: what one gateway registers the other does not know.
    const { body } = await city.client('rc-police').signRequest('query', sample('出生登记').request)
    const response = await fetch(`${city.county!.gateway.dataUrl}/v1/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/jose' },
      body,
    })
    expect(response.status).toBeGreaterThanOrEqual(400)
  })
})
