import type { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, DialectFacts, Identified, Signed, SourceEntry, Subject } from '../exchange.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { RecordColumns } from '../ports/exchange-log.ts'
import type { PrefillFacts } from '../prefill/types.ts'
import { subjectKey } from '../requests/subjects.ts'

/**
 * Raised whenever members are added or change meaning; readers keep understanding older ones.
 *
 * 2: `prefill.totals` says state, basis and department of the form and how its materials are met.
 */
export const ENTRY_VERSION = 2
const MAX_ENTRY_BYTES = 65_535

export interface EntryInput {
  known: Authenticated
  identified: Identified | null
  release: Signed | null
  failure: ExchangeError | null
  outcome: RecordColumns['outcome']
  columns: RecordColumns
  /** Keyed digest of the question (`SubjectDigests.ofQuestion`), of a release. */
  question: string | null
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
    commitment: commit(subjectKey(subject)),
    idType: subject.idType,
    type: subject.type,
  })
  const request = identified?.request
  // Members stand in the order RFC 8785 wants (by UTF-16 code units), so that writing them out is all there is to do; a
  // test compares with an independent canonicaliser. Objects whose names come from the request are put in order first.
  const entry = {
    address: known.received.address,
    application: columns.application,
    at: new Date(input.nowMs).toISOString(),
    authorisationVersion: release === null ? null : String(release.authorisationVersion),
    case: columns.caseNo,
    catalogVersion: columns.catalogVersion,
    code: columns.code,
    correlationId: known.received.correlationId,
    ...(known.dialect !== undefined && { dialect: dialectOf(known.dialect) }),
    durationMs: Math.max(0, input.nowMs - known.received.receivedAtMs),
    evidenceHash: release === null ? null : crypto.digestBase64url('SHA-256', release.issuerJwt),
    exchangeId: known.exchangeId,
    fields: grouped(columns.fields),
    gateway: input.gatewayId,
    grants: columns.grants,
    item: columns.item,
    kind: 'exchange',
    legalBasis: release?.grants.map(({ legalBasis }) => legalBasis) ?? null,
    masked: release === null ? null : grouped(Object.keys(release.masks)),
    member: columns.member,
    mode: columns.mode,
    onBehalfOf: columns.onBehalfOf,
    operator:
      request?.operator === undefined
        ? null
        : { assurance: request.operator.assurance, commitment: commit(`operator:${request.operator.id}`) },
    outcome: columns.outcome,
    parties: request?.parties === undefined ? null : inOrder(request.parties, subjectOf),
    policies: release?.decision.policies ?? null,
    policyVersion: columns.policyVersion,
    ...(identified?.prefill !== undefined && { prefill: prefillOf(identified.prefill) }),
    purpose: columns.purpose,
    question: input.question === null ? null : questionCommitment(crypto, salt, input.question),
    reasons:
      failure?.options.reasons?.map(({ rule, grant, policy }) => ({
        grant: grant ?? null,
        policy: policy ?? null,
        rule,
      })) ?? null,
    receivedAt: new Date(known.received.receivedAtMs).toISOString(),
    released: release === null ? null : grouped(releasedFields(release)),
    requestHash: commit(known.requestHash),
    retryOf: request?.retryOf ?? null,
    scenario: columns.scenario,
    signed: known.sender.signed,
    sources: release === null ? null : inOrder(release.sources, sourceOf),
    subject: request === undefined ? null : subjectOf(request.subject),
    system: columns.system,
    v: ENTRY_VERSION,
  }
  const bytes = Buffer.from(JSON.stringify(entry))
  if (bytes.length > MAX_ENTRY_BYTES)
    throw new Error(`entry of ${bytes.length} bytes is larger than a log entry may be`)
  return bytes
}

/**
 * What `retryOf` is compared with. The digest underneath has the installation's key: whoever is shown the salt, in an
 * evidence package, still cannot try claimed values one after another.
 */
export const questionCommitment = (crypto: CryptoProvider, salt: Buffer, question: string): string =>
  crypto.mac('SHA-256', { id: 'salt', bytes: salt }, `question:${question}`).toString('base64url')

/** The object with its names in order and each value turned into what the entry holds of it. */
function inOrder<In, Out>(object: Readonly<Record<string, In>>, turn: (value: In) => Out): Record<string, Out> {
  const ordered: Record<string, Out> = {}
  for (const name of Object.keys(object).sort()) ordered[name] = turn(object[name]!)
  return ordered
}

/** Members in order. Declared values are named by the exchanges that declared them, questions to people by their task. */
const sourceOf = ({ asOf, cache, declared, status, task }: SourceEntry) => ({
  asOf,
  cache,
  ...(declared !== undefined && { declaredIn: declared.map(({ exchange }) => exchange).toSorted() }),
  status,
  ...(task !== undefined && { task: { id: task.id, state: task.state } }),
})

/** Members in order, whatever order they were written in. */
const dialectOf = ({ document, name, profile }: DialectFacts) => ({ document, name, profile })

/** Members in order, whatever order they were written in. */
const prefillOf = ({ form, id, relation, role, totals }: PrefillFacts) => ({
  form,
  id,
  relation,
  role,
  totals: totals === null ? null : inOrder({ ...totals }, (value) => value),
})

/** `dataset.field` names by dataset (`role:dataset`): 256 long names would not fit an entry written out one by one. */
function grouped(names: readonly string[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {}
  for (const name of names) {
    const dot = name.lastIndexOf('.')
    const group = name.slice(0, dot)
    const fields = groups[group]
    if (fields === undefined) groups[group] = [name.slice(dot + 1)]
    else fields.push(name.slice(dot + 1))
  }
  return inOrder(groups, (fields) => fields)
}

/** Fields that left the gateway: asked for, and whose source had an answer. A `verify` releases results, not fields. */
function releasedFields({ fields, answers, results, withheld }: Signed): string[] {
  if (results !== null) return []
  const answered = new Set(answers.filter(({ status }) => status === 'ok').map(({ key }) => key))
  return fields
    .filter(({ role, dataset }) => answered.has(role === null ? dataset.id : `${role}:${dataset.id}`))
    .filter(({ name }) => !withheld?.has(name))
    .map(({ name }) => name)
}
