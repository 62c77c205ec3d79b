import canonicalize from 'canonicalize'
import type { MemberEntry } from '../catalog/types.ts'
import type { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, Operator, Subject } from '../exchange.ts'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import type { RecordDraft } from '../ports/exchange-log.ts'
import { ENTRY_VERSION } from '../record/entry.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { subjectKey } from '../requests/subjects.ts'

/** `kind` of the entry; the record's mode is the operation. */
export type ReportEntryKind =
  | 'event'
  | 'change'
  | 'correction'
  | 'usage'
  | 'batch'
  | 'material'
  | 'declaration'
  | 'task'

/** What the record of an accepted report says beyond who sent it. */
export interface ReportFacts {
  kind: ReportEntryKind
  scenario?: string | null
  item?: string | null
  caseNo?: string | null
  application?: string | null
  purpose?: string | null
  datasets?: string[]
  fields?: string[]
  subjects: { role: string; subject: Subject }[]
  /** Members of the entry in clear: kinds, numbers, ids; never a value or an identifier. */
  details: Record<string, string | number | null>
  /** Members of the entry as commitments only. */
  committed: Record<string, string>
  /** Who acted at the sender: sealed beside the entry, committed to in it. */
  operator?: Operator
  /** The grants it rests on and the version they were decided under; absent where none are needed. */
  authority?: { grants: string[]; version: bigint }
  /** Of what was decided and refused; absent for what was accepted. */
  failure?: ExchangeError
}

export interface ReportDraftsDeps {
  gatewayId: string
  crypto: CryptoProvider
  digests: SubjectDigests
  sealKey: SecretKey
  policyVersion: string
}

export interface Reporter extends Authenticated {
  acting: MemberEntry
  requestId: RecordDraft['requestId']
}

export type ReportDrafts = (reporter: Reporter, exchangeId: string, facts: ReportFacts, nowMs: number) => RecordDraft

/**
 * Builds the record of an accepted report. It is an entry of the same log as exchanges; its first subject is the one it
 * is searched by, the others are its parties.
 *
 * INVARIANT: subjects, certificate numbers and texts appear only as HMAC-SHA-256 under the record's own salt.
 */
export function createReportDrafts({
  gatewayId,
  crypto,
  digests,
  sealKey,
  policyVersion,
}: ReportDraftsDeps): ReportDrafts {
  return (reporter, exchangeId, facts, nowMs) => {
    const { sender, received, catalog, acting } = reporter
    const { failure } = facts
    const salt = crypto.random(32)
    const commit = (text: string): string =>
      crypto.mac('SHA-256', { id: 'salt', bytes: salt }, text).toString('base64url')
    const columns: RecordDraft['columns'] = {
      mode: received.op,
      outcome: failure === undefined ? 'released' : failure.status >= 500 ? 'failed' : 'refused',
      code: failure?.code ?? null,
      member: sender.member.id,
      system: sender.system.id,
      onBehalfOf: acting.id === sender.member.id ? null : acting.id,
      scenario: facts.scenario ?? null,
      item: facts.item ?? null,
      caseNo: facts.caseNo ?? null,
      application: facts.application ?? null,
      purpose: facts.purpose ?? null,
      datasets: facts.datasets ?? [],
      fields: facts.fields ?? [],
      catalogVersion: catalog.version,
      policyVersion,
      grants: facts.authority?.grants ?? [],
    }
    const { operator } = facts
    const committed =
      operator === undefined ? facts.committed : { ...facts.committed, operator: `operator:${operator.id}` }
    const entry = {
      v: ENTRY_VERSION,
      kind: facts.kind,
      gateway: gatewayId,
      exchangeId,
      at: new Date(nowMs).toISOString(),
      receivedAt: new Date(received.receivedAtMs).toISOString(),
      mode: columns.mode,
      outcome: columns.outcome,
      code: columns.code,
      reasons:
        failure?.options.reasons?.map(({ rule, grant = null, policy = null }) => ({ rule, grant, policy })) ?? null,
      member: columns.member,
      system: columns.system,
      ...(facts.authority !== undefined && { grants: columns.grants }),
      signed: sender.signed,
      onBehalfOf: columns.onBehalfOf,
      scenario: columns.scenario,
      item: columns.item,
      case: columns.caseNo,
      application: columns.application,
      datasets: columns.datasets,
      fields: columns.fields,
      subjects: facts.subjects.map(({ role, subject }) => ({
        role,
        type: subject.type,
        idType: subject.idType,
        commitment: commit(subjectKey(subject)),
      })),
      details: facts.details,
      commitments: Object.fromEntries(Object.entries(committed).map(([name, text]) => [name, commit(text)])),
      policyVersion,
      catalogVersion: columns.catalogVersion,
      requestHash: commit(reporter.requestHash),
      address: received.address,
      correlationId: received.correlationId,
      durationMs: Math.max(0, nowMs - received.receivedAtMs),
    }
    const [first, ...others] = facts.subjects.map(({ subject }) => digests.of(subject))
    return {
      exchangeId,
      entry: Buffer.from(canonicalize(entry)!),
      recordedAtMs: nowMs,
      requestId: reporter.requestId,
      authorisationVersion: facts.authority?.version ?? null,
      columns,
      side: {
        salt,
        subjectDigest: first ?? null,
        partyDigests: others,
        operatorDigest: operator === undefined ? null : digests.ofOperator(sender.system.id, operator.id),
        sealedOperator:
          operator === undefined
            ? null
            : crypto.seal('A256GCM', sealKey, Buffer.from(JSON.stringify(operator)), `operator:${exchangeId}`),
        sealedRequest: crypto.seal('A256GCM', sealKey, received.body, `request:${exchangeId}`),
        issuerJwt: null,
      },
    }
  }
}
