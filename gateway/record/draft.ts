import type { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, Identified, Signed, Subject } from '../exchange.ts'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import type { RecordColumns, RecordDraft, RecordSide } from '../ports/exchange-log.ts'
import { checksOf } from '../shaping/check-answer.ts'
import { PLAIN_REQUEST_ID_MS } from '../stages/envelope.ts'
import { canonicalEntry } from './entry.ts'
import type { SubjectDigests } from './subject-digests.ts'

export interface RecordDraftsDeps {
  gatewayId: string
  crypto: CryptoProvider
  digests: SubjectDigests
  /** Seals operators and signed requests; other than every other key. */
  sealKey: SecretKey
  policyVersion: string
}

/** Builds records: the entry for the tree, and beside it what may be erased later (design §9). */
export interface RecordDrafts {
  ofRelease(exchange: Signed, nowMs: number): RecordDraft
  ofFailure(known: Authenticated, identified: Identified | null, failure: ExchangeError, nowMs: number): RecordDraft
}

export const isIdentified = (known: Authenticated): known is Identified => 'request' in known

export function createRecordDrafts(deps: RecordDraftsDeps): RecordDrafts {
  function draft(
    known: Authenticated,
    identified: Identified | null,
    end: { outcome: RecordColumns['outcome']; failure: ExchangeError | null; release: Signed | null },
    nowMs: number,
  ): RecordDraft {
    const salt = deps.crypto.random(32)
    const columns = columnsOf(known, identified, end, deps.policyVersion)
    return {
      exchangeId: known.exchangeId,
      entry: canonicalEntry({
        ...end,
        known,
        identified,
        columns,
        question: end.release === null ? null : deps.digests.ofQuestion(known.received.op, end.release.request),
        salt,
        nowMs,
        gatewayId: deps.gatewayId,
        crypto: deps.crypto,
      }),
      recordedAtMs: nowMs,
      requestId: identified?.requestId ?? fallbackRequestId(known, nowMs),
      authorisationVersion: end.release?.authorisationVersion ?? null,
      columns,
      side: sideOf(deps, known, identified, end.release, salt),
      checks: end.release === null ? (end.failure?.options.checks ?? []) : checksOf(end.release.answers),
    }
  }
  return {
    ofRelease: (exchange, nowMs) =>
      draft(exchange, exchange, { outcome: 'released', failure: null, release: exchange }, nowMs),
    ofFailure: (known, identified, failure, nowMs) =>
      draft(
        known,
        identified,
        { outcome: failure.status >= 500 ? 'failed' : 'refused', failure, release: null },
        nowMs,
      ),
  }
}

/**
 * A request that failed before its id was accepted is unique by its id where it has one of the right form, else by its
 * bytes: the same bytes sent again are a repeat, and repeats do not fill the log.
 */
function fallbackRequestId({ sender, payload, requestHash }: Authenticated, nowMs: number): RecordDraft['requestId'] {
  const jti = Buffer.isBuffer(payload) ? undefined : payload.jti
  const usable = typeof jti === 'string' && /^[A-Za-z0-9_-]{22,64}$/.test(jti)
  return { iss: sender.system.id, jti: usable ? jti : `bytes.${requestHash}`, expiresAtMs: nowMs + PLAIN_REQUEST_ID_MS }
}

function columnsOf(
  known: Authenticated,
  identified: Identified | null,
  {
    outcome,
    failure,
    release,
  }: { outcome: RecordColumns['outcome']; failure: ExchangeError | null; release: Signed | null },
  policyVersion: string,
): RecordColumns {
  const request = identified?.request
  return {
    mode: known.received.op,
    outcome,
    code: failure?.code ?? null,
    member: known.sender.member.id,
    system: known.sender.system.id,
    onBehalfOf: identified !== null && identified.acting.id !== known.sender.member.id ? identified.acting.id : null,
    scenario: request?.scenario ?? null,
    item: request?.item ?? null,
    caseNo: request?.case ?? null,
    application: request?.application ?? null,
    purpose: request?.purpose ?? null,
    datasets: [...new Set(identified?.fields.map(({ dataset }) => dataset.id) ?? [])].sort(),
    fields: identified?.fields.map(({ name }) => name) ?? [],
    catalogVersion: known.catalog.version,
    policyVersion,
    grants: release?.decision.grants ?? [],
  }
}

function sideOf(
  { crypto, digests, sealKey }: RecordDraftsDeps,
  known: Authenticated,
  identified: Identified | null,
  release: Signed | null,
  salt: Buffer,
): RecordSide {
  const request = identified?.request
  const operator = request?.operator
  const digest = (subject: Subject): string => digests.of(subject)
  return {
    salt,
    subjectDigest: request === undefined ? null : digest(request.subject),
    partyDigests: Object.values(request?.parties ?? {}).map(digest),
    operatorDigest: operator === undefined ? null : digests.ofOperator(known.sender.system.id, operator.id),
    neighbourhoodDigest: request === undefined ? null : digests.ofNeighbourhood(request.subject),
    sealedOperator: operator === undefined ? null : seal('operator', Buffer.from(JSON.stringify(operator))),
    sealedRequest: seal('request', known.received.body),
    issuerJwt: release?.issuerJwt ?? null,
  }

  /** The exchange id and the kind are associated data, so that sealed texts cannot be swapped between records. */
  function seal(kind: string, plain: Buffer): Buffer {
    return crypto.seal('A256GCM', sealKey, plain, `${kind}:${known.exchangeId}`)
  }
}
