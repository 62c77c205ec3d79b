import canonicalize from 'canonicalize'
import { asExchangeError, ExchangeError } from '../errors/exchange-error.ts'
import { containsPersonalIdentifier } from '../identifiers/index.ts'
import type { AdministrativeAct, AdministrativeRecords } from '../operators/types.ts'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import type { ExchangeLog, RecordDraft } from '../ports/exchange-log.ts'
import { ENTRY_VERSION } from './entry.ts'
import type { SubjectDigests } from './subject-digests.ts'

/** In place of a system's id in columns and digests: operators act themselves. */
export const OPERATOR_SYSTEM = 'operator'
const MAX_TEXT = 1_000
const MAX_DETAILS = 64

export interface AdministrativeRecordsDeps {
  gatewayId: string
  log: Pick<ExchangeLog, 'append'>
  crypto: CryptoProvider
  digests: SubjectDigests
  /** Seals operators; the same key as exchange records'. */
  sealKey: SecretKey
  catalogVersion: () => string
  policyVersion: () => string
  newId: (nowMs: number) => string
  now: () => number
}

/**
 * Records what operators do, in the same log as exchanges: who looks into the log is found there too.
 *
 * Shape:  an entry of kind `administration`, canonical JSON, members that do not apply null (R73). Operator and subject
 *         appear only as HMAC-SHA-256 under the record's own salt, as in exchange entries.
 * Errors: `request.malformed` when free text holds a personal identifier or is too long; `record.unavailable`.
 */
export function createAdministrativeRecords(deps: AdministrativeRecordsDeps): AdministrativeRecords {
  return {
    async append(act) {
      assertNoIdentifier(act)
      const nowMs = deps.now()
      const exchangeId = deps.newId(nowMs)
      const result = await deps.log.append(draftOf(deps, act, exchangeId, nowMs)).catch((thrown) => {
        throw asExchangeError(thrown)
      })
      if (result.status !== 'recorded')
        throw new ExchangeError('internal', `an administrative record cannot be \`${result.status}\``)
      return { exchangeId, index: result.index }
    },
  }
}

function draftOf(
  deps: AdministrativeRecordsDeps,
  act: AdministrativeAct,
  exchangeId: string,
  nowMs: number,
): RecordDraft {
  const { crypto, digests, sealKey } = deps
  const { operator } = act
  const salt = crypto.random(32)
  const columns: RecordDraft['columns'] = {
    mode: 'admin',
    outcome: 'released',
    code: null,
    member: operator.member,
    system: OPERATOR_SYSTEM,
    onBehalfOf: null,
    scenario: null,
    item: null,
    caseNo: null,
    application: null,
    purpose: null,
    datasets: [],
    fields: [],
    catalogVersion: deps.catalogVersion(),
    policyVersion: deps.policyVersion(),
    grants: [],
  }
  const sealed = Buffer.from(JSON.stringify({ id: operator.id, name: operator.name, role: operator.role }))
  return {
    exchangeId,
    entry: administrativeEntry(deps, act, columns, { exchangeId, nowMs, salt }),
    recordedAtMs: nowMs,
    requestId: null,
    authorisationVersion: null,
    columns,
    side: {
      salt,
      subjectDigest: act.subjectDigest,
      partyDigests: [],
      operatorDigest: digests.ofOperator(OPERATOR_SYSTEM, operator.id),
      sealedOperator: crypto.seal('A256GCM', sealKey, sealed, `operator:${exchangeId}`),
      sealedRequest: null,
      issuerJwt: null,
    },
  }
}

function administrativeEntry(
  { gatewayId, crypto }: AdministrativeRecordsDeps,
  { operator, verb, subjectDigest, target, reason, details }: AdministrativeAct,
  { mode, outcome, code, member, system, catalogVersion, policyVersion }: RecordDraft['columns'],
  { exchangeId, nowMs, salt }: { exchangeId: string; nowMs: number; salt: Buffer },
): Buffer {
  const commit = (text: string): string =>
    crypto.mac('SHA-256', { id: 'salt', bytes: salt }, text).toString('base64url')
  return Buffer.from(
    canonicalize({
      v: ENTRY_VERSION,
      kind: 'administration',
      gateway: gatewayId,
      exchangeId,
      at: new Date(nowMs).toISOString(),
      mode,
      verb,
      outcome,
      code,
      member,
      system,
      operator: { commitment: commit(`operator:${operator.id}`), role: operator.role },
      subject: subjectDigest === null ? null : { commitment: commit(`subject-digest:${subjectDigest}`) },
      target,
      reason,
      details,
      onBehalfOf: null,
      scenario: null,
      item: null,
      case: null,
      application: null,
      purpose: null,
      grants: null,
      policyVersion,
      catalogVersion,
      address: null,
      correlationId: null,
    })!,
  )
}

/** The entry stays for ever and cannot be corrected: what names a person must not get in. */
function assertNoIdentifier({ verb, target, reason, details }: AdministrativeAct): void {
  const texts = Object.entries(details).flatMap(([name, value]): [string, string][] => [
    [`/details/${name}`, typeof value === 'string' ? `${name} ${value}` : name],
  ])
  texts.push(['/verb', verb], ['/target', target ?? ''], ['/reason', reason ?? ''])
  const faulty = texts.filter(([, text]) => text.length > MAX_TEXT || containsPersonalIdentifier(text))
  if (faulty.length === 0 && texts.length <= MAX_DETAILS) return
  throw new ExchangeError('request.malformed', 'text of an administrative act is too long or holds an identifier', {
    reasons: faulty.map(([pointer]) => ({
      rule: 'identifier-in-text',
      pointer,
      zh: `文字中含有个人身份标识，或超过 ${MAX_TEXT} 字；留痕不可更改，请改写事由`,
      en: `the text holds a personal identifier or is longer than ${MAX_TEXT}; records cannot be changed, so rephrase it`,
    })),
  })
}
