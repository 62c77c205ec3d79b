import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import { type Hop, verifyChain } from '../../evidence/chain.ts'
import { verifyEvidence } from '../../evidence/verify.ts'
import type { Command } from '../command.ts'
import { labelOfPath } from '../evidence/field-path.ts'
import { countDigests } from '../evidence/hidden-count.ts'
import { hopsText } from '../evidence/hops-text.ts'
import { evidenceKeys, hopKeysOf } from '../evidence/keys.ts'
import { readEvidence } from '../evidence/read-evidence.ts'
import { type EvidenceReport, evidenceFailureText, evidenceText } from '../evidence/report-text.ts'
import { EXIT } from '../exit.ts'

export const evidenceVerify: Command = {
  name: 'evidence verify',
  zh: '核验证据：签名、有无改动、披露了什么',
  en: 'verify evidence, also offline',
  positionals: ['<证据 file|->'],
  options: {
    jwks: { value: '文件 file', zh: '离线核验用的网关公钥（JWKS）', en: 'the gateway’s public keys, for offline use' },
    hops: {
      value: '文件 file',
      zh: '途经各网关的公钥：{ "网关编号": JWKS }，据此逐跳核验',
      en: 'keys of the gateways on the way, { "gateway id": JWKS }: each hop is verified too',
    },
    url: { value: '地址 url', zh: '向网关取公钥，或 GUANYI_URL', en: 'fetch the keys from the gateway, or GUANYI_URL' },
  },
  notes: [
    {
      zh: '文件可以是 SD-JWT 本身，也可以是保存下来的 JSON 答复。未通过时退出码为 4。未披露的信息项不出现，不等于没有。',
      en: 'The file may be the SD-JWT itself or a saved JSON answer. Exit code 4 when it fails. Hidden fields do not appear; that proves nothing.',
    },
  ],
  examples: [
    'guanyi evidence verify evidence.sd-jwt --jwks gateway.jwks.json',
    'guanyi evidence verify answer.json --url https://…',
    'guanyi evidence verify answer.json --jwks county.jwks.json --hops gateways.json',
  ],
  async run(input, context) {
    const compact = await readEvidence(input.positionals[0]!, context.io)
    const keys = await evidenceKeys(input, context)
    const verified = await verifyEvidence(compact, {
      crypto: createSoftwareCrypto(),
      resolveKey: (kid) => keys.get(kid),
    })
    if (!verified.ok) {
      return {
        exit: EXIT.unverified,
        json: { ok: false, fault: verified.fault },
        text: (terminal) => evidenceFailureText(verified.fault, terminal),
      }
    }
    const hopKeys = await hopKeysOf(input, context)
    const chain = await verifyChain(verified.claims, {
      crypto: createSoftwareCrypto(),
      resolveKey: (gateway, kid) => hopKeys?.get(gateway)?.get(kid),
    })
    // Without keys of the hops nothing can be said of them, which is not the same as that they fail.
    const hops = hopKeys === undefined ? chain.map(unjudged) : chain
    const broken = hops.find(({ state }) => state === 'failed')
    const disclosed = verified.disclosed.map(({ path, value }) => ({ field: labelOfPath(path), value }))
    const { header, claims } = verified
    const report: EvidenceReport = {
      ok: true,
      header,
      claims,
      disclosed,
      hidden: countDigests(compact) - disclosed.length,
      hops,
    }
    if (broken !== undefined) {
      return {
        exit: EXIT.unverified,
        json: { ...report, ok: false, fault: 'hop' },
        text: (terminal) => hopsText(hops, hopKeys !== undefined, terminal),
      }
    }
    return { json: report, text: (terminal) => evidenceText(report, hopKeys !== undefined, terminal) }
  },
}

const unjudged = ({ source, hop, exchange, system, onBehalfOf }: Hop): Hop => ({
  source,
  hop,
  exchange,
  ...(system !== undefined && { system }),
  ...(onBehalfOf !== undefined && { onBehalfOf }),
  state: 'stated',
})
