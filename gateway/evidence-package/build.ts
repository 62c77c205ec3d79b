import { createHash } from 'node:crypto'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Subject } from '../exchange.ts'
import { signCompactJws } from '../jose/compact-jws.ts'
import type { AdministrativeRecords, Operator } from '../operators/types.ts'
import type { CryptoProvider, SigningKey } from '../ports/crypto.ts'
import type { ExchangeLog, StoredRecord } from '../ports/exchange-log.ts'
import { runChecks } from './checks/index.ts'
import { type CollectDeps, collectFiles, type Opened } from './collect.ts'
import { compareSubject } from './compare-subject.ts'
import { releasesValues } from './holder.ts'
import { FILE, MANIFEST_TYP } from './names.ts'
import { README } from './readme.ts'
import { reportHtml } from './report/report-html.ts'
import type { Manifest } from './types.ts'
import type { Unsealer } from './unseal.ts'
import { type PackageFiles, writeZip } from './zip.ts'

export interface PackageDeps extends CollectDeps {
  log: Pick<ExchangeLog, 'find'>
  records: AdministrativeRecords
  unsealer: Unsealer
  crypto: CryptoProvider
  /** The gateway's evidence key signs the manifest: grants and texts in the package are vouched for by that. */
  signingKey: () => SigningKey
  gatewayId: string
  now: () => number
}

export interface PackageRequest {
  exchangeId: string
  operator: Operator
  /** Opens the sealed request; takes a reason. */
  unsealRequest: boolean
  reason: string | null
  /** Somebody the reader believes the record to be about: the package then says whether it is. */
  subject?: Subject
}

export interface EvidencePackage {
  fileName: string
  zip: Buffer
  manifest: Manifest
}

/**
 * Builds the evidence package of one record.
 *
 * Errors: `request.unknown-resource` for an unknown record, and for a sealed request that was erased; `request.malformed`
 *         for opening without a reason; `record.unavailable`.
 * INVARIANT: who builds it, and that a request is opened, is durable in the log before anything is read out.
 */
export async function buildPackage(deps: PackageDeps, request: PackageRequest): Promise<EvidencePackage> {
  const { operator, reason, unsealRequest, exchangeId } = request
  const record = await deps.log.find(exchangeId)
  if (record === undefined) throw new ExchangeError('request.unknown-resource', 'no such record')
  const opened: Opened | null = unsealRequest
    ? await deps.unsealer.request({ record, operator, reason: reason ?? '' })
    : null
  const { exchangeId: builtUnder } = await deps.records.append({
    operator,
    verb: 'evidence-package.build',
    subjectDigest: null, // the target leads to the subject for as long as the record's own sides do, and no longer
    target: exchangeId,
    reason,
    details: { requestOpened: unsealRequest, subjectCompared: request.subject !== undefined },
  })

  const nowMs = deps.now()
  const files = await collectFiles(deps, record, opened)
  const checks = await runChecks(files, deps.crypto)
  if (request.subject !== undefined) checks.push(await compareSubject(deps.store, record, request.subject))
  const draft: Omit<Manifest, 'files'> = {
    format: 'guanyi-evidence-package',
    version: 1,
    gateway: deps.gatewayId,
    exchangeId,
    index: String(record.index),
    builtAt: new Date(nowMs).toISOString(),
    builtBy: { member: operator.member, role: operator.role },
    reason,
    builtUnder,
    requestOpened: unsealRequest,
    valuesHeldBy: holderIds(record),
    checks,
  }
  files.set(FILE.readme, Buffer.from(README))
  files.set(FILE.report, Buffer.from(reportHtml(files, { ...draft, files: listed(files) })))
  const manifest: Manifest = { ...draft, files: listed(files) }
  const manifestBytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  files.set(FILE.manifest, manifestBytes)
  files.set(
    FILE.manifestSignature,
    Buffer.from(await signCompactJws(deps.crypto, deps.signingKey(), { typ: MANIFEST_TYP }, manifestBytes)),
  )
  return { fileName: `guanyi-evidence-${exchangeId}.zip`, zip: writeZip(inReadingOrder(files), nowMs), manifest }
}

function holderIds({ columns }: StoredRecord): Manifest['valuesHeldBy'] {
  return releasesValues(columns)
    ? { member: columns.onBehalfOf ?? columns.member, system: columns.system }
    : { member: null, system: null }
}

const listed = (files: PackageFiles): Manifest['files'] =>
  [...files].map(([name, content]) => ({
    name,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }))

/** What a person opens first stands first. */
function inReadingOrder(files: PackageFiles): PackageFiles {
  const first = [FILE.report, FILE.readme, FILE.manifest, FILE.manifestSignature]
  const rest = [...files.keys()].filter((name) => !(first as string[]).includes(name)).sort()
  return new Map([...first, ...rest].map((name) => [name, files.get(name)!]))
}
