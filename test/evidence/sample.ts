import { randomBytes } from 'node:crypto'
import { generateJwk, importSigningJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { type EvidenceClaims, issueEvidence } from '../../gateway/evidence/sd-jwt.ts'
import type { SourceEntry } from '../../gateway/exchange.ts'
import type { SignatureAlg, SigningKey } from '../../gateway/ports/crypto.ts'

export const crypto = createSoftwareCrypto()
export const newKey = (alg: SignatureAlg): SigningKey => importSigningJwk({ ...generateJwk(alg, `gw-${alg}`) })

const source: SourceEntry = {
  provider: 'rc-gaj',
  status: 'ok',
  asOf: '2026-05-31T16:00:00Z',
  fetchedAt: '2026-06-01T01:00:00Z',
  cache: 'miss',
  masked: [],
}

/** One answered exchange: two datasets, one of them with rows, a party, and values of every JSON type. */
export function sampleClaims(): EvidenceClaims {
  return {
    iss: 'guanyi:371082',
    aud: 'rc-enrolment',
    iat: 1_780_275_600,
    jti: 'ex-018f3c1e',
    requestHash: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    mode: 'query',
    scenario: 'P2.1',
    item: 'rongcheng-p-008',
    case: '11371082PDY003018B3370705001001202611200001',
    purpose: '义务教育入学资格核验',
    subject: { type: 'person', idType: 'resident-id', id: '371099201907120017' },
    parties: { guardian: { type: 'person', idType: 'resident-id', id: '371099198803120026' } },
    catalogVersion: 'catalog-1',
    policyVersion: 'policy-1',
    grants: ['g-001'],
    sources: { 'household-registration': source, 'social-insurance': { ...source, provider: 'rc-rsj' } },
    data: {
      'household-registration': {
        address: '测试路1号',
        householder: '测试张三',
        members: 3,
        rural: false,
        movedIn: null,
      },
      'social-insurance': [
        { period: '202604', base: 650_000, paid: true },
        { period: '202605', base: 650_000, paid: true },
      ],
      'guardian:real-estate': [],
    },
  }
}

export const issueSample = (key: SigningKey, claims = sampleClaims()) =>
  issueEvidence(claims, { crypto, key, random: randomBytes })
export const deps = (key: SigningKey) => ({ crypto, resolveKey: (kid: string) => (kid === key.kid ? key : undefined) })
