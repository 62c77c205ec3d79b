import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import {
  type Answer,
  type Ask,
  createClient,
  fetchJwks,
  type GuanyiClient,
  GuanyiProblem,
  verifyEvidence,
} from '../../gateway/client/index.ts'
import { verifyChain } from '../../gateway/evidence/chain.ts'
import type { HopReference } from '../../gateway/ports/connector.ts'
import {
  DATABASE_ENDPOINTS,
  DROP_ENDPOINT,
  HTTP_ENDPOINTS,
  MARIADB_ENDPOINT,
  mariadbAway,
  NATIONAL_ENDPOINT,
  PEER_ENDPOINT,
  peerAway,
  SOAP_ENDPOINT,
} from '../../seeds/providers/endpoints.ts'
import { type NationalSimulator, startNationalSimulator } from '../../seeds/providers/national-simulator.ts'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

const DATASET = 'household-registration'
const CITY = 'guanyi:371000'
const COUNTY = 'guanyi:371082'
const SYSTEM = 'rc-enrolment'
const SERVICE = 's_370000000000_0007'

/** Every endpoint the catalogue names, standing where nothing listens. */
const NOWHERE: Record<string, object> = {
  ...Object.fromEntries(
    HTTP_ENDPOINTS.map((name) => [
      name,
      {
        url: 'http://127.0.0.1:9',
        secret: { appId: 'a', signKey: 'k', clientId: 'c', key: 'k', accessId: 'i', accessToken: 't' },
      },
    ]),
  ),
  ...Object.fromEntries(Object.keys(DATABASE_ENDPOINTS).map((name) => [name, { url: 'postgres://u:p@127.0.0.1:9/d' }])),
  [MARIADB_ENDPOINT]: mariadbAway(),
  [PEER_ENDPOINT]: peerAway(),
  [SOAP_ENDPOINT]: { url: 'http://127.0.0.1:9', secret: { user: 'u', password: 'p' } },
  [NATIONAL_ENDPOINT]: { url: 'http://127.0.0.1:9', secret: { rid: 'r', secret: 's' } },
  [DROP_ENDPOINT]: { url: 'file:///nonexistent' },
}

/** An installation whose one dataset is read in another way, all others standing nowhere. */
function environment(gatewayId: string, kind: string, config: object, endpoint: object): Record<string, string> {
  const dir = mkdtempSync(join(inject('runDir'), 'hop-'))
  const catalogDir = join(dir, 'catalogs')
  cpSync(resolve('catalogs'), catalogDir, { recursive: true })
  const file = join(catalogDir, 'datasets', `${DATASET}.json`)
  const dataset = JSON.parse(readFileSync(file, 'utf8'))
  dataset.connector = { ...dataset.connector, kind, config: { endpoint: 'hop', ...config } }
  writeFileSync(file, JSON.stringify(dataset))
  const endpointsFile = join(dir, 'endpoints.json')
  writeFileSync(endpointsFile, JSON.stringify({ ...NOWHERE, hop: endpoint }), { mode: 0o600 })
  return { GUANYI_GATEWAY_ID: gatewayId, GUANYI_CATALOG_DIR: catalogDir, GUANYI_ENDPOINTS_FILE: endpointsFile }
}

describe('county → city → national platform', () => {
  let national: NationalSimulator
  let city: Seeded
  let county: Seeded
  const seen: Record<string, unknown>[] = []
  const { parties: _parties, keys: _keys, ...members } = ENROLMENT
  const request: Ask = { ...members, fields: [`${DATASET}.address`, `${DATASET}.householder`] }
  beforeAll(async () => {
    national = await startNationalSimulator({
      apps: [{ rid: 'rid-city', authCode: 'c', secret: 's', secretEndTime: Date.now() + 1e9, services: [SERVICE] }],
      services: {
        [SERVICE]: {
          ratePerHour: 100,
          answer(query) {
            seen.push(query)
            return {
              data: { name: '测试王小明', address: '荣成市崖头街道', householder: '测试王大明', birthDate: '20190907' },
            }
          },
        },
      },
    })
    const body = { GMSFHM: '{{input.idNumber}}', czr: '{{caller.officer.id}}', czdw: '{{caller.officer.unit}}' }
    const platform = { url: national.url, secret: { rid: 'rid-city', secret: 's' } }
    city = await seededGateway({
      redis: null,
      env: environment(CITY, 'national-exchange', { service: SERVICE, request: { body } }, platform),
    })
    const key = JSON.stringify(city.installation.systemKeys.get(SYSTEM)?.jwk)
    const peer = {
      gatewayId: CITY,
      system: SYSTEM,
      dataset: DATASET,
      subject: { idType: 'resident-id', input: 'idNumber', nameInput: 'name' },
      onBehalfOf: 'organisation',
    }
    county = await seededGateway({
      env: environment(COUNTY, 'exchange-peer', peer, { url: city.gateway.dataUrl, secret: { key } }),
    })
  }, 120_000)
  afterAll(async () => {
    await county?.stop()
    await city?.stop()
    await national?.close()
  })

  const clientOf = (at: Seeded, gatewayId: string) => {
    const key = at.installation.systemKeys.get(SYSTEM)
    if (key === undefined) throw new Error('no key')
    return createClient({ url: at.gateway.dataUrl, gatewayId, system: SYSTEM, key: key.jwk })
  }

  it('the way of an answer is verified from its evidence, hop by hop', async () => {
    const answer = await clientOf(county, COUNTY).query(structuredClone(request))
    const sources = answer.verified.claims.sources as Record<string, { provenance?: HopReference[] }>
    const [atCity, atNational] = sources[DATASET]?.provenance ?? []
    expect([atCity?.hop, atNational?.hop]).toEqual([CITY, 'national-exchange'])

    // From the evidence alone, with nothing but the gateways' published keys.
    const cityKeys = await fetchJwks(city.gateway.dataUrl)
    const chain = await verifyChain(answer.verified.claims, {
      crypto: createSoftwareCrypto(),
      resolveKey: (gateway, kid) => (gateway === CITY ? cityKeys.get(kid) : undefined),
    })
    expect(chain).toMatchObject([
      {
        source: DATASET,
        hop: CITY,
        state: 'verified',
        system: SYSTEM,
        onBehalfOf: 'rc-jyj',
        claims: { via: [COUNTY] },
      },
      { source: DATASET, hop: 'national-exchange', state: 'stated', exchange: atNational?.exchange },
    ])
    expect(JSON.stringify(sources)).not.toMatch(/测试|371099/)

    // The city keeps the issuer's JWT of its own exchange; its digest is what the county's evidence names.
    const [side] = await city.sql<{ issuer_jwt: string }>(
      'select issuer_jwt from record_sides join records using (index) where exchange_id = $1',
      [atCity?.exchange],
    )
    const issuerJwt = side?.issuer_jwt ?? ''
    expect(createHash('sha256').update(issuerJwt).digest('base64url')).toBe(atCity?.evidenceHash)
    const keys = await fetchJwks(city.gateway.dataUrl)
    const verified = await verifyEvidence(`${issuerJwt}~`, {
      crypto: createSoftwareCrypto(),
      resolveKey: (kid) => keys.get(kid),
    })
    if (!verified.ok) throw new Error(verified.fault)
    expect(verified.claims).toMatchObject({ iss: CITY, jti: atCity?.exchange, via: [COUNTY] })
    const further = (verified.claims.sources as typeof sources)[DATASET]?.provenance
    expect(further).toEqual([atNational])

    // And the platform's journal has the call that the city's evidence names.
    expect(national.journal.find(({ requestId }) => requestId === atNational?.exchange)).toMatchObject({
      rid: 'rid-city',
      sid: SERVICE,
      code: '0',
    })
    // The officer who asks at the county is the one the platform is told of.
    expect(seen.at(-1)).toMatchObject({ czr: request.operator?.id })
    expect(String(seen.at(-1)?.czdw)).toContain(request.operator?.unit)
  })

  it.each<[string, (client: GuanyiClient) => Promise<Answer>]>([
    ['derived', (client) => client.query({ ...structuredClone(request), fields: [`${DATASET}.age`] })],
    [
      'compared',
      ({ verify }) => {
        const { fields: _fields, ...rest } = structuredClone(request)
        return verify({ ...rest, claims: { [`${DATASET}.householder`]: '测试王大明' } })
      },
    ],
  ])(
    'where a value is only %s, the hop is named without the evidence that counts what lies behind',
    async (_n, ask) => {
      const { sources } = await ask(clientOf(county, COUNTY))
      const [atCity] = sources[DATASET]?.provenance ?? []
      expect(atCity).toMatchObject({ hop: CITY, evidenceHash: expect.any(String) })
      expect(atCity).not.toHaveProperty('evidence')
    },
  )

  it('each question goes all the way: no hop answers from memory', async () => {
    const before = national.journal.length
    for (let n = 0; n < 2; n += 1) await clientOf(county, COUNTY).query(structuredClone(request))
    expect(national.journal.length).toBe(before + 2)
  })

  it('a hop refuses a question that has been there', async () => {
    const asked = clientOf(city, CITY).query({ ...structuredClone(request), via: [CITY] })
    await expect(asked).rejects.toSatisfy(
      (thrown) => thrown instanceof GuanyiProblem && thrown.problem.reasons?.[0]?.rule === 'loop',
    )
  })

  it('with the platform down the county fails at once, releasing nothing', async () => {
    await national.close()
    await expect(clientOf(county, COUNTY).query(structuredClone(request))).rejects.toMatchObject({
      problem: { code: 'provider.unreachable' },
    })
  })
})
