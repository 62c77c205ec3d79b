import canonicalize from 'canonicalize'
import type { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, Identified, Signed, Subject } from '../exchange.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { RecordColumns } from '../ports/exchange-log.ts'
import { subjectKey } from '../requests/subjects.ts'

/** Raised whenever members are added or change meaning; readers keep understanding older ones. */
export const ENTRY_VERSION = 1
const MAX_ENTRY_BYTES = 65_535

export interface EntryInput {
  known: Authenticated
  identified: Identified | null
  release: Signed | null
  failure: ExchangeError | null
  outcome: RecordColumns['outcome']
  columns: RecordColumns
  salt: Buffer
  nowMs: number
  gatewayId: string
  crypto: CryptoProvider
}

/**
 * The entry of one exchange: what the tree covers, for ever.
 *
 * Shape:  canonical JSON (RFC 8785), UTF-8, 1 to 65 535 bytes; members that do not apply are null (R73).
 * INVARIANT: no value of any field and no identifier is in it. Subject, parties, operator and request hash appear only
 *            as HMAC-SHA-256 under the record's own salt, which is kept apart and can be erased.
 * Source: design §9; C2SP tlog-tiles (entry size).
 */
export function canonicalEntry(input: EntryInput): Buffer {
  const { known, identified, release, failure, columns, salt, crypto } = input
  const commit = (text: string): string =>
    crypto.mac('SHA-256', { id: 'salt', bytes: salt }, text).toString('base64url')
  const subjectOf = (subject: Subject) => ({
    type: subject.type,
    idType: subject.idType,
    commitment: commit(subjectKey(subject)),
  })
  const request = identified?.request
  const entry = {
    v: ENTRY_VERSION,
    kind: 'exchange',
    gateway: input.gatewayId,
    exchangeId: known.exchangeId,
    at: new Date(input.nowMs).toISOString(),
    receivedAt: new Date(known.received.receivedAtMs).toISOString(),
    mode: columns.mode,
    outcome: columns.outcome,
    code: columns.code,
    reasons:
      failure?.options.reasons?.map(({ rule, grant, policy }) => ({
        rule,
        grant: grant ?? null,
        policy: policy ?? null,
      })) ?? null,
    member: columns.member,
    system: columns.system,
    signed: known.sender.signed,
    onBehalfOf: columns.onBehalfOf,
    operator:
      request?.operator === undefined
        ? null
        : { commitment: commit(`operator:${request.operator.id}`), assurance: request.operator.assurance },
    scenario: columns.scenario,
    item: columns.item,
    case: columns.caseNo,
    application: columns.application,
    purpose: columns.purpose,
    legalBasis: release?.grants.map(({ legalBasis }) => legalBasis) ?? null,
    subject: request === undefined ? null : subjectOf(request.subject),
    parties:
      request?.parties === undefined
        ? null
        : Object.fromEntries(Object.entries(request.parties).map(([role, party]) => [role, subjectOf(party)])),
    fields: grouped(columns.fields),
    released: release === null ? null : grouped(releasedFields(release)),
    masked: release === null ? null : grouped(Object.keys(release.masks)),
    sources:
      release === null
        ? null
        : Object.fromEntries(
            Object.entries(release.sources).map(([key, { status, cache, asOf }]) => [key, { status, cache, asOf }]),
          ),
    grants: columns.grants,
    policies: release?.decision.policies ?? null,
    authorisationVersion: release === null ? null : String(release.authorisationVersion),
    policyVersion: columns.policyVersion,
    catalogVersion: columns.catalogVersion,
    requestHash: commit(known.requestHash),
    evidenceHash: release === null ? null : crypto.digest('SHA-256', release.issuerJwt).toString('base64url'),
    retryOf: request?.retryOf ?? null,
    address: known.received.address,
    correlationId: known.received.correlationId,
    durationMs: Math.max(0, input.nowMs - known.received.receivedAtMs),
  }
  const bytes = Buffer.from(canonicalize(entry)!)
  if (bytes.length > MAX_ENTRY_BYTES)
    throw new Error(`entry of ${bytes.length} bytes is larger than a log entry may be`)
  return bytes
}

/** `dataset.field` names by dataset (`role:dataset`): 256 long names would not fit an entry written out one by one. */
function grouped(names: readonly string[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {}
  for (const name of names) {
    const dot = name.lastIndexOf('.')
    const group = name.slice(0, dot)
    groups[group] = [...(groups[group] ?? []), name.slice(dot + 1)]
  }
  return groups
}

/** Fields that left the gateway: asked for, and whose source had an answer. A `verify` releases results, not fields. */
function releasedFields({ fields, answers, results }: Signed): string[] {
  if (results !== null) return []
  const answered = new Set(answers.filter(({ status }) => status === 'ok').map(({ key }) => key))
  return fields
    .filter(({ role, dataset }) => answered.has(role === null ? dataset.id : `${role}:${dataset.id}`))
    .map(({ name }) => name)
}
