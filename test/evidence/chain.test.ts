import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generateJwk, importSigningJwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { type Hop, verifyChain } from '../../gateway/evidence/chain.ts'
import type { EvidenceClaims } from '../../gateway/evidence/sd-jwt.ts'
import { verifyEvidence } from '../../gateway/evidence/verify.ts'
import type { HopReference } from '../../gateway/ports/connector.ts'
import type { SigningKey } from '../../gateway/ports/crypto.ts'
import { run } from '../cli/run.ts'
import { crypto, issueSample, sampleClaims } from './sample.ts'

const [COUNTY, CITY, PROVINCE] = ['guanyi:county', 'guanyi:city', 'guanyi:province'] as const
const gateway = (id: string) => ({ id, key: importSigningJwk({ ...generateJwk('ES256', `${id}-1`) }) })
const county = gateway(COUNTY)
const city = gateway(CITY)
const province = gateway(PROVINCE)
const gateways = [county, city, province]
const DATASET = 'birth-record'
const national: HopReference = { hop: 'national-exchange', exchange: 'r-1' }

interface Told {
  claims?: Partial<EvidenceClaims>
  provenance?: HopReference[]
  key?: SigningKey
}

/** What one gateway issues about the dataset, and how the one before refers to it. */
async function issue(at: { id: string; key: SigningKey }, system: string, { claims, provenance, key }: Told) {
  const { parties: _parties, ...sample } = sampleClaims()
  const [source] = Object.values(sample.sources)
  const { issuerJwt, compact } = await issueSample(key ?? at.key, {
    ...sample,
    iss: at.id,
    aud: system,
    jti: `ex-${at.id}`,
    sources: { [DATASET]: { ...source!, ...(provenance && { provenance }) } },
    data: { [DATASET]: { childName: '测试王小明', weight: 3250 } },
    ...claims,
  })
  const hash = createHash('sha256').update(issuerJwt).digest('base64url')
  const reference: HopReference = {
    hop: at.id,
    exchange: `ex-${at.id}`,
    evidenceHash: hash,
    kid: at.key.kid,
    system,
    onBehalfOf: 'rc-gaj',
    evidence: issuerJwt,
  }
  return { compact, reference }
}

/** County → city → province → national platform; each part can be told otherwise. */
async function way({
  atCity = {},
  atProvince = {},
  ref = (r: HopReference[]) => r,
}: {
  atCity?: Told
  atProvince?: Told
  ref?: (references: HopReference[]) => HopReference[]
} = {}): Promise<string> {
  const plain = ({ evidence: _evidence, ...rest }: HopReference): HopReference => rest
  const last = await issue(province, 'city-gateway', {
    provenance: [national],
    ...atProvince,
    claims: { via: [COUNTY, CITY], onBehalfOf: 'rc-gaj', ...atProvince.claims },
  })
  const middle = await issue(city, 'county-gateway', {
    provenance: [last.reference, national],
    ...atCity,
    claims: { via: [COUNTY], onBehalfOf: 'rc-gaj', ...atCity.claims },
  })
  const provenance = ref([middle.reference, plain(last.reference), national])
  return (await issue(county, 'rc-police', { provenance })).compact
}

async function follow(compact: string, known = gateways): Promise<Hop[]> {
  const keyOf = (id: string, kid: string) => known.find((one) => one.id === id && one.key.kid === kid)?.key
  const verified = await verifyEvidence(compact, { crypto, resolveKey: (kid) => keyOf(COUNTY, kid) })
  if (!verified.ok) throw new Error(verified.fault)
  return verifyChain(verified.claims, { crypto, resolveKey: keyOf })
}
const told = (hops: Hop[]) => hops.map(({ hop, state, fault }) => [hop, fault ?? state])

describe('a chain of gateways', () => {
  it('is verified from the evidence alone, with the department that asked visible at each hop', async () => {
    const hops = await follow(await way())
    expect(told(hops)).toEqual([
      [CITY, 'verified'],
      [PROVINCE, 'verified'],
      ['national-exchange', 'stated'],
    ])
    expect(hops.map(({ system, onBehalfOf }) => [system, onBehalfOf])).toEqual([
      ['county-gateway', 'rc-gaj'],
      ['city-gateway', 'rc-gaj'],
      [undefined, undefined],
    ])
    expect(hops[1]?.claims).toMatchObject({ iss: PROVINCE, via: [COUNTY, CITY], onBehalfOf: 'rc-gaj' })
  })
  it('carries no value and no identifier of any hop', async () => {
    const [issuerJwt = ''] = (await way()).split('~')
    const texts: string[] = []
    const open = (jwt: string): void => {
      const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()
      texts.push(payload)
      for (const [, inner = ''] of payload.matchAll(/"evidence":"([^"]+)"/g)) open(inner)
    }
    open(issuerJwt)
    expect(texts).toHaveLength(3)
    for (const text of texts) expect(text).not.toMatch(/测试王小明|3250|371099201907120017/)
  })

  const other = importSigningJwk({ ...generateJwk('ES256', `${CITY}-1`) })
  it.each<[string, Parameters<typeof way>[0], [string, string][]]>([
    ['signed by another key of the same number', { atCity: { key: other } }, [[CITY, 'signature']]],
    ['issued under another gateway’s name', { atCity: { claims: { iss: PROVINCE } } }, [[CITY, 'issuer']]],
    ['of another exchange', { atCity: { claims: { jti: 'ex-other' } } }, [[CITY, 'exchange']]],
    ['issued to another system', { atCity: { claims: { aud: 'someone' } } }, [[CITY, 'audience']]],
    ['for another department', { atCity: { claims: { onBehalfOf: 'rc-mzj' } } }, [[CITY, 'audience']]],
    ['that came another way', { atCity: { claims: { via: ['guanyi:else'] } } }, [[CITY, 'route']]],
    [
      'that hides the way',
      { atProvince: { claims: { via: [CITY] } } },
      [
        [CITY, 'verified'],
        [PROVINCE, 'route'],
      ],
    ],
    ['issued long before', { atCity: { claims: { iat: sampleClaims().iat - 3600 } } }, [[CITY, 'time']]],
    ['issued afterwards', { atCity: { claims: { iat: sampleClaims().iat + 600 } } }, [[CITY, 'time']]],
    ['whose further steps are left out', { ref: ([first]) => [first!] }, [[CITY, 'steps']]],
    ['whose further steps change places', { ref: ([a, b, c]) => [a!, c!, b!] }, [[CITY, 'steps']]],
    [
      'put in place of another',
      { ref: ([first, ...rest]) => [{ ...first!, evidence: `${first!.evidence}x` }, ...rest] },
      [[CITY, 'hash']],
    ],
    [
      'altered, with the hash made to fit',
      {
        ref: ([first, ...rest]) => {
          const [header = '', payload = '', signature = ''] = (first?.evidence ?? '').split('.')
          const changed = Buffer.from(payload, 'base64url').toString().replace('county-gateway', 'county-gatewaz')
          const evidence = [header, Buffer.from(changed).toString('base64url'), signature].join('.')
          const evidenceHash = createHash('sha256').update(evidence).digest('base64url')
          return [{ ...first!, evidence, evidenceHash }, ...rest]
        },
      },
      [[CITY, 'signature']],
    ],
  ])('evidence %s is found, and nothing behind it is believed', async (_name, change, want) => {
    expect(told(await follow(await way(change)))).toEqual(want)
  })
  it('needs each gateway’s own keys: another’s will not do', async () => {
    expect(told(await follow(await way(), [county]))).toEqual([[CITY, 'key']])
    expect(told(await follow(await way(), [county, { id: CITY, key: province.key }]))).toEqual([[CITY, 'key']])
  })
  it('a hop without its evidence is stated, not verified, and so is all behind it', async () => {
    const compact = await way({ ref: (all) => all.map(({ evidence: _evidence, ...rest }) => rest) })
    expect(told(await follow(compact))).toEqual([
      [CITY, 'stated'],
      [PROVINCE, 'stated'],
      ['national-exchange', 'stated'],
    ])
  })

  it('guanyi evidence verify follows it offline, and fails when a hop does', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'guanyi-chain-'))
    const write = (name: string, value: unknown) => {
      const file = join(dir, name)
      writeFileSync(file, JSON.stringify(value))
      return file
    }
    const jwksOf = (key: SigningKey) => ({ keys: [toPublicJwk(key)] })
    const own = write('own.json', jwksOf(county.key))
    const hops = write('hops.json', { [CITY]: jwksOf(city.key), [PROVINCE]: jwksOf(province.key) })
    const verify = (stdin: string, ...more: string[]) =>
      run(['evidence', 'verify', '-', '--jwks', own, ...more], { stdin })

    const good = await verify(await way(), '--hops', hops)
    expect(good).toMatchObject({ code: 0 })
    expect(good.out).toMatch(
      /guanyi:city.*rc-gaj.*✓[\s\S]*guanyi:province.*✓[\s\S]*national-exchange.*由前一跳具名说明/,
    )
    const bad = await verify(await way({ atProvince: { claims: { aud: 'someone' } } }), '--hops', hops, '--json')
    expect(bad).toMatchObject({ code: 4 })
    expect(bad.json()).toMatchObject({ ok: false, fault: 'hop', hops: [{ state: 'verified' }, { fault: 'audience' }] })
    const unasked = await verify(await way())
    expect(unasked).toMatchObject({ code: 0 })
    expect(unasked.out).toContain('--hops')
    expect((await verify(await way(), '--hops', own)).code).toBe(2)
  })
})
