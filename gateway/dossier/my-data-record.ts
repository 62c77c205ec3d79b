import canonicalize from 'canonicalize'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Received } from '../exchange.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { ExchangeLog, RecordDraft } from '../ports/exchange-log.ts'
import { ENTRY_VERSION } from '../record/entry.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { subjectKey } from '../requests/subjects.ts'
import { type IdentityClaim, usedToken } from './identity-tokens.ts'

/** In place of member and system in the columns: the subject asks for themselves. */
export const SELF = 'self'

export interface ViewRecordDeps {
  gatewayId: string
  digests: SubjectDigests
  crypto: CryptoProvider
  log: Pick<ExchangeLog, 'append'>
  catalog: () => Catalog
  policyVersion: string
  now: () => number
}

/** Appends the record of a view, whatever its outcome. Errors: `record.unavailable`; `request.replayed` for a used token. */
export async function recordView(
  deps: ViewRecordDeps,
  received: Received,
  { subject, tokenId }: IdentityClaim,
  exchangeId: string,
  failure: ExchangeError | null,
): Promise<void> {
  const nowMs = deps.now()
  const salt = deps.crypto.random(32)
  const columns: RecordDraft['columns'] = {
    mode: 'my-data',
    outcome: failure === null ? 'released' : failure.status >= 500 ? 'failed' : 'refused',
    code: failure?.code ?? null,
    member: SELF,
    system: SELF,
    onBehalfOf: null,
    scenario: null,
    item: null,
    caseNo: null,
    application: null,
    purpose: null,
    datasets: [],
    fields: [],
    catalogVersion: deps.catalog().version,
    policyVersion: deps.policyVersion,
    grants: [],
  }
  const { mode, outcome, code, catalogVersion, policyVersion } = columns
  const entry = canonicalize({
    v: ENTRY_VERSION,
    kind: 'my-data',
    gateway: deps.gatewayId,
    exchangeId,
    at: new Date(nowMs).toISOString(),
    receivedAt: new Date(received.receivedAtMs).toISOString(),
    mode,
    outcome,
    code,
    member: SELF,
    system: SELF,
    issuer: tokenId.iss,
    subject: {
      type: subject.type,
      idType: subject.idType,
      commitment: deps.crypto.mac('SHA-256', { id: 'salt', bytes: salt }, subjectKey(subject)).toString('base64url'),
    },
    policyVersion,
    catalogVersion,
    address: received.address,
    correlationId: received.correlationId,
    durationMs: Math.max(0, nowMs - received.receivedAtMs),
  })!
  const result = await deps.log.append({
    exchangeId,
    entry: Buffer.from(entry),
    recordedAtMs: nowMs,
    requestId: tokenId,
    authorisationVersion: null,
    columns,
    side: {
      salt,
      subjectDigest: deps.digests.of(subject),
      partyDigests: [],
      operatorDigest: null,
      sealedOperator: null,
      sealedRequest: null,
      issuerJwt: null,
    },
  })
  if (result.status === 'replayed') throw usedToken()
  if (result.status === 'stale') throw new ExchangeError('internal', 'an own view does not depend on grants')
}
