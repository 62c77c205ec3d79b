import canonicalize from 'canonicalize'
import { toPublicJwk } from '../adapters/crypto/jwk.ts'
import { JwsFormatError, parseCompactJws } from '../jose/compact-jws.ts'
import { formatProof, parseProof } from '../log/tlog-proof.ts'
import type { VerificationKey } from '../ports/crypto.ts'
import type { StoredRecord } from '../ports/exchange-log.ts'
import { readEntry } from './entry-view.ts'
import { FILE, grantChangesFile, grantFile } from './names.ts'
import type { EvidenceStore } from './types.ts'

export interface CollectDeps {
  store: EvidenceStore
  /** Evidence keys, old ones included. */
  publicJwks: () => object
  /** Verifier keys of the log (and its witnesses), one per line; null while there is no published log. */
  logVkeys: () => string | null
  /** `.tlog-proof` of a record; null before the next checkpoint. */
  proofOf: (exchangeId: string) => Promise<string | null>
  senderKey: (systemId: string, kid: string) => Promise<VerificationKey | undefined>
}

/** The opened request and the salt that ties it to the entry. */
export interface Opened {
  body: Buffer
  salt: Buffer
}

const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

/** Puts together what belongs to one record; what is not there (any more) is left out, and the checks say so. */
export async function collectFiles(
  deps: CollectDeps,
  record: StoredRecord,
  opened: Opened | null,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  const entry = readEntry(record.entry)
  const { exchangeId } = record
  files.set(FILE.entry, record.entry)
  files.set(
    FILE.columns,
    json({
      exchangeId,
      index: String(record.index),
      recordedAt: new Date(record.recordedAtMs).toISOString(),
      ...record.columns,
    }),
  )
  if (record.issuerJwt !== null) files.set(FILE.issuerJwt, Buffer.from(record.issuerJwt))
  if (opened !== null) await addRequest(deps, files, entry.system, opened)

  const decidedAt = entry.authorisationVersion === null ? null : BigInt(entry.authorisationVersion)
  for (const id of entry.grants ?? []) {
    const stood = await deps.store.grantAt(id, decidedAt)
    if (stood !== undefined)
      files.set(grantFile(id), json({ authorisationVersion: stood.version, document: stood.document }))
    files.set(grantChangesFile(id), json(await deps.store.grantChanges(id)))
  }

  const policies = await deps.store.publishedVersion('policy', entry.policyVersion)
  if (policies !== undefined) {
    files.set(FILE.policies, Buffer.from(policies))
    const [, schemaText, policyText] = JSON.parse(policies) as [string, string, string]
    files.set('policies/schema.cedarschema', Buffer.from(schemaText))
    files.set('policies/global.cedar', Buffer.from(policyText))
  }
  const catalogue = await deps.store.publishedVersion('catalog', entry.catalogVersion)
  if (catalogue !== undefined) {
    files.set(FILE.catalogue, Buffer.from(catalogue))
    files.set(FILE.extract, json(extractOf(catalogue, record.columns)))
  }

  const proof = await deps.proofOf(exchangeId)
  if (proof !== null) files.set(FILE.proof, Buffer.from(withoutExtra(proof)))
  files.set(FILE.jwks, json(deps.publicJwks()))
  const vkeys = deps.logVkeys()
  if (vkeys !== null) files.set(FILE.logVkey, Buffer.from(`${vkeys.trim()}\n`))
  return files
}

/**
 * A receipt for its caller carries the record's salt as `extra`; here it would let every reader of the package try
 * identifiers on the entry. What the proof proves does not depend on it.
 */
function withoutExtra(proof: string): string {
  const { index, path, checkpoint } = parseProof(proof)
  return formatProof({ index, path, checkpoint })
}

async function addRequest(
  deps: CollectDeps,
  files: Map<string, Buffer>,
  system: string,
  { body, salt }: Opened,
): Promise<void> {
  files.set(FILE.salt, Buffer.from(`${salt.toString('base64url')}\n`))
  const kid = kidOf(body)
  // With a token or in an older dialect: whatever came, as it came.
  if (kid === undefined) {
    files.set(FILE.requestJson, body)
    return
  }
  files.set(FILE.requestJws, body)
  const key = await deps.senderKey(system, kid)
  if (key !== undefined) files.set(FILE.senderKeys, json({ keys: [toPublicJwk(key)] }))
}

/** The key a signed request names; `undefined` for a body that is no compact JWS. */
function kidOf(body: Buffer): string | undefined {
  try {
    return parseCompactJws(body).header.kid
  } catch (thrown) {
    if (thrown instanceof JwsFormatError) return undefined
    throw thrown
  }
}

interface Named {
  id: string
  [further: string]: unknown
}

/** What of the catalogue a reader of this record wants to see, as it stood. */
function extractOf(catalogue: string, columns: StoredRecord['columns']): Record<string, unknown> {
  const all = JSON.parse(catalogue) as Record<string, Named[]>
  const datasets = new Set(columns.datasets.map((name) => name.slice(name.indexOf(':') + 1)))
  const members = new Set([columns.member, columns.onBehalfOf])
  return JSON.parse(
    canonicalize({
      datasets: (all.datasets ?? []).filter(({ id }) => datasets.has(id)),
      members: (all.members ?? []).filter(({ id }) => members.has(id)),
      scenarios: (all.scenarios ?? []).filter(({ id }) => id === columns.scenario),
      items: (all.items ?? []).filter(({ id }) => id === columns.item),
    })!,
  ) as Record<string, unknown>
}
