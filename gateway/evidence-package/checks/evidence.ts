import { importVerificationJwk } from '../../adapters/crypto/jwk.ts'
import { verifyEvidence } from '../../evidence/verify.ts'
import { FILE } from '../names.ts'
import type { Check } from '../types.ts'
import { failed, jsonOf, type Material, notApplicable, passed, textOf } from './check.ts'

const TITLES = {
  'issuer-signature': { zh: '网关证据的签名有效', en: 'the gateway’s signature on the evidence is valid' },
  'evidence-hash': { zh: '证据与日志条目中的摘要一致', en: 'the evidence has the digest the log entry states' },
  'issuer-claims': { zh: '证据所述与日志条目一致', en: 'the evidence says what the log entry says' },
} as const

/** The issuer-signed JWT: signed by the gateway, the one the entry names, and of the same content. */
export async function evidenceChecks({ files, entry, crypto }: Material): Promise<Check[]> {
  const jwt = textOf(files, FILE.issuerJwt)
  const all = (finding: Pick<Check, 'result' | 'detail'>): Check[] =>
    Object.entries(TITLES).map(([id, title]) => ({ id, ...title, ...finding }))
  if (entry.evidenceHash === null) {
    return jwt === undefined
      ? all(
          notApplicable(
            '这条记录没有签发证据（未放行数据）',
            'no evidence was issued for this record (nothing was released)',
          ),
        )
      : all(failed('条目说没有签发证据，包内却有', 'the entry names no evidence, yet there is one'))
  }
  if (jwt === undefined) {
    const gone = '证据签名文本已依法删除或不在包内；持有人出示的证据仍可与条目中的摘要比对'
    return all({
      result: 'not-possible',
      detail: {
        zh: gone,
        en: 'the signed evidence has been erased or is not in the package; what a holder presents can still be compared with the digest in the entry',
      },
    })
  }
  const keys = (jsonOf<{ keys: Record<string, unknown>[] }>(files, FILE.jwks)?.keys ?? []).map(importVerificationJwk)
  const verified = await verifyEvidence(`${jwt}~`, {
    crypto,
    resolveKey: (kid) => keys.find((key) => key.kid === kid),
  })
  const hash = crypto.digest('SHA-256', jwt).toString('base64url')
  return [
    {
      id: 'issuer-signature',
      ...TITLES['issuer-signature'],
      ...(verified.ok
        ? passed(
            `以网关公钥 ${String(verified.header.kid)}（${verified.header.alg}）验签通过`,
            `verified with the gateway’s key ${String(verified.header.kid)} (${verified.header.alg})`,
          )
        : failed(`验签未通过（${verified.fault}）`, `not verified (${verified.fault})`)),
    },
    {
      id: 'evidence-hash',
      ...TITLES['evidence-hash'],
      ...(hash === entry.evidenceHash
        ? passed(`SHA-256 ${hash}`, `SHA-256 ${hash}`)
        : failed('摘要不同：这不是条目所指的那份证据', 'the digest differs: this is not the evidence the entry names')),
    },
    { id: 'issuer-claims', ...TITLES['issuer-claims'], ...compareClaims(verified.ok ? verified.claims : {}, entry) },
  ]
}

function compareClaims(claims: Record<string, unknown>, entry: Material['entry']): Pick<Check, 'result' | 'detail'> {
  const subject = claims.subject as { type?: string; idType?: string } | undefined
  const sources = claims.sources as Record<string, { status: string }> | undefined
  const list = (value: unknown): string => JSON.stringify(value ?? [])
  const pairs: [string, unknown, unknown][] = [
    ['iss', claims.iss, entry.gateway],
    ['jti', claims.jti, entry.exchangeId],
    ['aud', claims.aud, entry.system],
    ['mode', claims.mode, entry.mode],
    ['scenario', claims.scenario, entry.scenario],
    ['item', claims.item ?? null, entry.item],
    ['case', claims.case ?? null, entry.case],
    ['application', claims.application ?? null, entry.application],
    ['purpose', claims.purpose, entry.purpose],
    ['onBehalfOf', claims.onBehalfOf ?? null, entry.onBehalfOf],
    ['subject', `${subject?.type} ${subject?.idType}`, `${entry.subject?.type} ${entry.subject?.idType}`],
    ['grants', list(claims.grants), list(entry.grants)],
    ['policyVersion', claims.policyVersion, entry.policyVersion],
    ['catalogVersion', claims.catalogVersion, entry.catalogVersion],
    ['sources', list(statuses(sources)), list(statuses(entry.sources))],
  ]
  const differing = pairs.filter(([, claim, stated]) => claim !== stated).map(([name]) => name)
  return differing.length === 0
    ? passed('谁、为何、就谁、依据哪些授权与版本，逐项一致', 'who, why, about whom and under which versions: all agree')
    : failed(`不一致：${differing.join('、')}`, `these differ: ${differing.join(', ')}`)
}

const statuses = (sources: Record<string, { status: string }> | null | undefined): string[] =>
  Object.entries(sources ?? {})
    .map(([key, { status }]) => `${key}=${status}`)
    .sort()
