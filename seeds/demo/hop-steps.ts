import { createHash } from 'node:crypto'
import { join, relative } from 'node:path'
import { importVerificationJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { hopsText } from '../../gateway/cli/evidence/hops-text.ts'
import { createClient } from '../../gateway/client/index.ts'
import { type Hop, verifyChain } from '../../gateway/evidence/chain.ts'
import { verifyEvidence } from '../../gateway/evidence/verify.ts'
import type { HopReference } from '../../gateway/ports/connector.ts'
import { COUNTY_ID } from '../county/prepare.ts'
import { GATEWAY_ID } from '../installation/installation.ts'
import { writeWhole } from '../installation/system-keys.ts'
import type { DemoCity } from './city.ts'
import { must } from './demo-failure.ts'
import { about } from './source-steps.ts'
import type { Step, Walk } from './step.ts'

type Jwks = { keys: Record<string, unknown>[] }
const crypto = createSoftwareCrypto()

const jwksOf = async (url: string): Promise<Jwks> =>
  (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as Jwks

/** Public keys of both gateways, fetched once; everything after is done without them. */
async function readerOf(city: DemoCity) {
  const [atCity, atCounty] = await Promise.all([jwksOf(city.dataUrl), jwksOf(city.county.url)])
  const keys = new Map(
    Object.entries({ [GATEWAY_ID]: atCity, [COUNTY_ID]: atCounty }).map(([gateway, { keys: jwks }]) => [
      gateway,
      new Map(jwks.map(importVerificationJwk).map((key) => [key.kid, key])),
    ]),
  )
  const resolveKey = (gateway: string, kid: string) => keys.get(gateway)?.get(kid)
  return { atCity, atCounty, resolveKey, chain: (claims: object) => verifyChain({ ...claims }, { crypto, resolveKey }) }
}

function print({ voice }: Walk, hops: readonly Hop[]): void {
  for (const line of hopsText(hops, true, voice.terminal).split('\n')) voice.say(line)
}

/** The county's police station, registered at the county node only. */
function countyPolice({ county }: DemoCity) {
  const { jwk } = county.installation.systemKeys.get('rc-police')!
  return createClient({ url: county.url, gatewayId: COUNTY_ID, system: 'rc-police', key: jwk })
}

/** Two gateways and a platform: each hop signs, the one who really asks stays visible. */
export const HOP_STEPS: readonly Step[] = [
  {
    zh: '级联：市级网关向县级节点（石岛管理区，另一个网关进程）取项目登记，原请求部门可见',
    en: 'the city’s gateway asks the county node’s; the department that really asks stays visible',
    async run(walk) {
      const { system, ask } = about('investment-project', '投资项目立项（按项目查询）')
      const asking = walk.client(system)
      const answer = await asking.query(ask)
      await walk.voice.answer(answer, asking)
      const { chain } = await readerOf(walk.city)
      const hops = await chain(answer.verified.claims)
      print(walk, hops)
      must(hops.length === 1 && hops[0]?.state === 'verified' && hops[0].hop === COUNTY_ID, 'the hop verifies')
      must(hops[0].onBehalfOf === 'rc-spj', 'the department is named at the hop')
    },
  },
  {
    zh: '三跳：县级节点 → 市级网关 → 国家平台；只凭证据与公钥逐跳核验，任何一跳被改都能发现',
    en: 'three hops, verified one by one from the evidence and public keys alone; tampering with any is found',
    async run(walk) {
      const { city, voice } = walk
      const { ask } = about('birth-record', '出生登记')
      const { evidence } = await countyPolice(city).query(ask)
      const reader = await readerOf(city)

      // From here on nothing is asked of anybody.
      const own = { crypto, resolveKey: (kid: string) => reader.resolveKey(COUNTY_ID, kid) }
      const verified = await verifyEvidence(evidence, own)
      must(verified.ok, 'the county’s own signature')
      const hops = await reader.chain(verified.claims)
      print(walk, hops)
      must(
        hops.map(({ hop, state }) => `${hop} ${state}`).join() === `${GATEWAY_ID} verified,national-exchange stated`,
        'city, then the national platform',
      )
      must(hops[0]?.onBehalfOf === 'rc-gaj', 'the city knows for whom')

      const found: string[] = []
      for (const [name, claims] of Object.entries(tampered(verified.claims))) {
        const [first] = await reader.chain(claims)
        must(first?.state === 'failed', `${name} was not found`)
        found.push(`${name}（${first.fault}）`)
      }
      const flipped = evidence.replace(
        /^(.{300})(.)/,
        (_all, head: string, at: string) => head + (at === 'A' ? 'B' : 'A'),
      )
      must(!(await verifyEvidence(flipped, own)).ok, 'a changed byte of the whole is found')
      voice.say(`✓ 均被发现：整份改一个字节、${found.join('、')}`, 'every change is found')

      const files = { evidence: 'three-hops.json', own: 'county.jwks.json', hops: 'hops.jwks.json' }
      const path = (name: keyof typeof files): string => join(city.stateDir, files[name])
      await writeWhole(path('evidence'), { evidence })
      await writeWhole(path('own'), reader.atCounty)
      await writeWhole(path('hops'), { [GATEWAY_ID]: reader.atCity })
      const at = (name: keyof typeof files): string => relative(process.cwd(), path(name))
      voice.say(`自己核验：guanyi evidence verify ${at('evidence')} --jwks ${at('own')} --hops ${at('hops')}`, 'try it')
    },
  },
]

/** What a dishonest county could put into its own, well signed evidence. */
function tampered(claims: Record<string, unknown>): Record<string, Record<string, unknown>> {
  const change = (edit: (steps: HopReference[]) => HopReference[]): Record<string, unknown> => {
    const copy = structuredClone(claims)
    for (const source of Object.values(copy.sources as Record<string, { provenance?: HopReference[] }>)) {
      if (source.provenance) source.provenance = edit(source.provenance)
    }
    return copy
  }
  const forged = (step: HopReference): HopReference => {
    const [header = '', payload = '', signature = ''] = (step.evidence ?? '').split('.')
    const altered = Buffer.from(payload, 'base64url').toString().replace('rc-gaj', 'rc-mzj')
    const evidence = [header, Buffer.from(altered).toString('base64url'), signature].join('.')
    return { ...step, evidence, evidenceHash: createHash('sha256').update(evidence).digest('base64url') }
  }
  return {
    市级凭证改部门: change(([city, ...rest]) => [forged(city!), ...rest]),
    换作别的交换: change(([city, ...rest]) => [{ ...city!, exchange: '00000000' }, ...rest]),
    换请求部门: change(([city, ...rest]) => [{ ...city!, onBehalfOf: 'rc-mzj' }, ...rest]),
    删去国家平台一跳: change(([city]) => [city!]),
    改国家平台流水号: change(([city, last]) => [city!, { ...last!, exchange: 'r-0' }]),
  }
}
