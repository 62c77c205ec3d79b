import type { ReleasedData, ReleasedRow, SourceEntry, Subject, VerifyResult } from '../exchange.ts'
import { signCompactJws } from '../jose/compact-jws.ts'
import type { CryptoProvider, SigningKey } from '../ports/crypto.ts'

/** Media type of the issuer-signed JWT, without `application/`. */
export const EVIDENCE_TYP = 'exchange-evidence+sd-jwt'
/** Names a disclosure may not carry. Source: RFC 9901 §4.2.1. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['_sd', '...'])
const SALT_BYTES = 16

/** What the gateway states about one exchange. `iat` is in seconds since the epoch; hashes and versions are as the record names them. */
export interface EvidenceClaims {
  /** Gateway id. */
  iss: string
  /** System id of the one who asked. */
  aud: string
  iat: number
  /** Exchange id. */
  jti: string
  /** base64url SHA-256 of the request body as received. */
  requestHash: string
  mode: string
  scenario: string
  item?: string
  case?: string
  application?: string
  purpose?: string
  /** Gateways the question came through, first one first. */
  via?: string[]
  /** The department asked for, where the system is not its own. */
  onBehalfOf?: string
  subject: Pick<Subject, 'type' | 'idType' | 'id'>
  parties?: Record<string, Pick<Subject, 'type' | 'idType' | 'id'>>
  catalogVersion: string
  policyVersion: string
  grants: string[]
  sources: Record<string, SourceEntry>
  /** By dataset, or `role:dataset` for a party's. */
  data: ReleasedData
  /** Of `verify`: by field, as written in the request. */
  results?: Record<string, VerifyResult>
}

export interface IssueDeps {
  crypto: CryptoProvider
  key: SigningKey
  random: (bytes: number) => Buffer
}

export interface Evidence {
  /** With every disclosure: for the one who asked. */
  compact: string
  /** Digests only: may be kept for years without keeping the data. */
  issuerJwt: string
}

/**
 * Issues the evidence of one exchange as an SD-JWT: every released value, every result and every identifier is behind a salted digest.
 *
 * Shape:  `_sd` arrays are sorted, so that their order says nothing; one array per row where a dataset has many. Salts have 128 bits, each
 *         its own. Header `{alg, kid, typ}`.
 * Errors: throws when a field bears a name the format reserves, which the catalogue's schema does not let through.
 * Source: RFC 9901 §4.
 */
export async function issueEvidence(claims: EvidenceClaims, { crypto, key, random }: IssueDeps): Promise<Evidence> {
  const { subject, parties, data, results, ...plain } = claims
  const conceal = createConcealer(crypto, random(SALT_BYTES * countDisclosures(claims)))

  const payload = {
    ...plain,
    subject: concealSubject(subject, conceal),
    ...(parties === undefined ? {} : { parties: mapValues(parties, (party) => concealSubject(party, conceal)) }),
    data: mapValues(data, (rows) => (Array.isArray(rows) ? rows.map(conceal.row) : conceal.row(rows))),
    ...(results === undefined ? {} : { results: conceal.row(results) }),
    _sd_alg: 'sha-256',
  }
  const issuerJwt = await signCompactJws(crypto, key, { typ: EVIDENCE_TYP }, JSON.stringify(payload))
  return { issuerJwt, compact: `${issuerJwt}~${conceal.disclosures.map((disclosure) => `${disclosure}~`).join('')}` }
}

type Concealed = { _sd?: string[] }
interface Concealer {
  row(row: ReleasedRow): Concealed
  disclosures: string[]
}

/** Turns rows into digests, one after another, taking salts from one buffer: one call for randomness, whatever the number of fields. */
function createConcealer(crypto: CryptoProvider, salts: Buffer): Concealer {
  const disclosures: string[] = []
  const conceal = (name: string, value: ReleasedRow[string]): string => {
    if (RESERVED_NAMES.has(name)) throw new Error(`a field may not be named \`${name}\``)
    const at = disclosures.length * SALT_BYTES
    const salt = salts.toString('base64url', at, at + SALT_BYTES)
    const disclosure = Buffer.from(`["${salt}",${JSON.stringify(name)},${JSON.stringify(value)}]`).toString('base64url')
    disclosures.push(disclosure)
    return crypto.digestBase64url('SHA-256', disclosure)
  }
  return {
    disclosures,
    row(row) {
      const digests: string[] = []
      for (const name in row) digests.push(conceal(name, row[name]!))
      return digests.length === 0 ? {} : { _sd: digests.sort() } // RFC 9901: no empty `_sd` is needed
    },
  }
}

/** Type and kind of identifier stay readable; the identifier itself is a disclosure. */
function concealSubject({ type, idType, id }: Pick<Subject, 'type' | 'idType' | 'id'>, conceal: Concealer): object {
  return { type, idType, ...conceal.row({ id }) }
}

function countDisclosures({ parties, data, results }: EvidenceClaims): number {
  let count = 1 + Object.keys(parties ?? {}).length + Object.keys(results ?? {}).length
  for (const rows of Object.values(data))
    for (const row of Array.isArray(rows) ? rows : [rows]) count += Object.keys(row).length
  return count
}

function mapValues<In, Out>(object: Record<string, In>, map: (value: In) => Out): Record<string, Out> {
  const mapped: [string, Out][] = []
  for (const [name, value] of Object.entries(object)) {
    if (RESERVED_NAMES.has(name)) throw new Error(`nothing may be named \`${name}\``)
    mapped.push([name, map(value)])
  }
  return Object.fromEntries(mapped)
}
