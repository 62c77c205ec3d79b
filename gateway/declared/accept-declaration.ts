import canonicalize from 'canonicalize'
import { ExchangeError } from '../errors/exchange-error.ts'
import { raise } from '../events/accept-change.ts'
import type { NoticeStore } from '../events/notices.ts'
import type { ReportFacts } from '../events/report-record.ts'
import type { ReportOperation, Reports } from '../events/run-report.ts'
import type { SealedValues } from '../events/sealed-values.ts'
import type { Authorised, Identified } from '../exchange.ts'
import type { ResultCache } from '../ports/result-cache.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { createShapeCheck } from '../requests/validators.ts'
import { declarationSchema } from './declaration.schema.ts'
import { readDeclaration } from './read-declaration.ts'
import type { DeclarationStore, StoredDeclaration, WrittenDeclaration } from './types.ts'
import { placeOf, SEAL_KIND } from './values.ts'

export interface AcceptDeclarationDeps {
  reports: Pick<Reports, 'recordUnder'>
  authorise: (identified: Identified) => Promise<Authorised>
  charge: (authorised: Authorised) => Promise<void>
  refreshGrants: () => Promise<unknown>
  store: Pick<DeclarationStore, 'reserve'>
  notices: Pick<NoticeStore, 'addChange' | 'raised'>
  cache: Pick<ResultCache, 'raiseEpoch'>
  digests: SubjectDigests
  sealed: SealedValues
  newId: (nowMs: number) => string
  now: () => number
}

export interface AcceptedDeclaration {
  declarationId: string
  exchangeId: string
  index: string
  recordedAt: string
}

const shape = createShapeCheck<WrittenDeclaration>(declarationSchema)
/** Grants may change while a declaration is under way; one decided again this often gives up. */
const MAX_DECISIONS = 10

/**
 * Takes in values an applicant supplied and the department verified (最多报一次): decided under a grant of mode
 * `declare`, stored sealed, recorded; from the answer on, no cached answer about the subject is read any more.
 *
 * The same declaration sent again (`declarationId` of the same system, same content) gets the first one's answer and a
 * record that names the first. Errors: `request.unsigned`, those of an exchange's decision, `request.malformed` for values that do not
 * fit the dataset, `request.replayed` (409, `declaration-id`) for another content under a used id.
 */
export function createAcceptDeclaration(
  deps: AcceptDeclarationDeps,
): ReportOperation<WrittenDeclaration, AcceptedDeclaration> {
  return {
    shape,
    async accept(reporter, written) {
      if (!reporter.sender.signed) throw unsigned()
      const identified = readDeclaration(reporter, written, deps.now())
      let authorised = await deps.authorise(identified)
      await deps.charge(authorised)
      // An id of its own: should a later step refuse, the refusal is recorded under the exchange's.
      const declaration = storedForm(deps, identified, written, deps.newId(deps.now()))
      const reservation = await deps.store.reserve(declaration)
      if (reservation.status === 'conflict') throw otherContent()
      const { exchangeId } = reservation
      // Durable before the record: whoever dies between the two leaves a notice too many, never an old answer in force.
      const cacheSubject = await announce(deps, exchangeId, identified, written.dataset)
      for (let decisions = 1; decisions <= MAX_DECISIONS; decisions++) {
        const facts = factsOf(identified, written, declaration, authorised)
        const position = await deps.reports.recordUnder(reporter, facts, exchangeId)
        if (position !== 'stale') {
          await raise(deps, exchangeId, cacheSubject)
          return answerOf(written, reservation.status === 'known' ? reservation : { exchangeId, ...position })
        }
        // A grant changed after this was decided: decide again before anything is kept (invariant 5).
        await deps.refreshGrants()
        authorised = await deps.authorise(identified)
      }
      throw new ExchangeError('record.unavailable', `grants changed ${MAX_DECISIONS} times during one declaration`)
    },
  }
}

const answerOf = (
  { declarationId }: WrittenDeclaration,
  { exchangeId, index, recordedAtMs }: { exchangeId: string; index: bigint; recordedAtMs: number },
): AcceptedDeclaration => ({
  declarationId,
  exchangeId,
  index: String(index),
  recordedAt: new Date(recordedAtMs).toISOString(),
})

function storedForm(
  { digests, sealed, now }: AcceptDeclarationDeps,
  { sender, acting, request }: Identified,
  { declarationId, dataset, values, verification, operator, item, case: caseNo, application }: WrittenDeclaration,
  exchange: string,
): StoredDeclaration {
  const { subject, scenario } = request
  const content = { subject, scenario, item, caseNo, application, dataset, values, verification }
  return {
    exchange,
    system: sender.system.id,
    declarationId,
    contentDigest: sealed.digest(`declaration:${acting.id}:${canonicalize(content)}`),
    by: acting.id,
    scenario,
    item,
    caseNo: request.case ?? null,
    application: request.application ?? null,
    dataset,
    subjectDigest: digests.of(subject),
    sealedOperator: sealed.seal('declared-by', exchange, JSON.stringify(operator)),
    declaredAtMs: now(),
    verifiedAtMs: Date.parse(verification.at),
    method: verification.method,
    validUntil: verification.validUntil,
    values: Object.entries(values).map(([field, value]) => ({
      field,
      sealed: sealed.seal(SEAL_KIND, placeOf(exchange, dataset, field), JSON.stringify(value)),
    })),
  }
}

/** No value: the content is in the entry as a commitment to its keyed digest. */
function factsOf(
  { request, fields }: Identified,
  { declarationId, dataset, verification, operator }: WrittenDeclaration,
  { contentDigest }: StoredDeclaration,
  { decision, authorisationVersion }: Authorised,
): ReportFacts & Required<Pick<ReportFacts, 'authority'>> {
  return {
    kind: 'declaration',
    scenario: request.scenario,
    item: request.item ?? null,
    caseNo: request.case ?? null,
    application: request.application ?? null,
    purpose: request.purpose,
    datasets: [dataset],
    fields: fields.map(({ name }) => name),
    subjects: [{ role: 'subject', subject: request.subject }],
    details: {
      declarationId,
      method: verification.method,
      verifiedAt: new Date(verification.at).toISOString(),
      validUntil: verification.validUntil,
    },
    committed: { content: contentDigest },
    operator,
    authority: { grants: decision.grants, version: authorisationVersion },
  }
}

/** What was answered before must not come from the cache any more; where it is away, a job goes on until it is back. */
async function announce(
  deps: AcceptDeclarationDeps,
  exchangeId: string,
  { acting, request: { subject } }: Identified,
  dataset: string,
): Promise<string> {
  const cacheSubject = `${subject.idType}:${subject.id}`
  const nowMs = deps.now()
  await deps.notices.addChange({
    exchangeId,
    member: acting.id,
    dataset,
    change: 'updated',
    sealedSubject: deps.sealed.seal('change', exchangeId, cacheSubject),
    occurredAtMs: nowMs,
    reportedAtMs: nowMs,
  })
  return cacheSubject
}

const unsigned = (): ExchangeError =>
  new ExchangeError('request.unsigned', 'a declaration is not signed', {
    publicDetail: {
      zh: '申报留存须逐笔签名（application/jose），不接受访问令牌',
      en: 'a declaration must be signed (application/jose); a token is not enough',
    },
  })

function otherContent(): ExchangeError {
  return new ExchangeError('request.replayed', 'the declaration id holds another content', {
    publicDetail: {
      zh: '该申报编号已用于内容不同的申报；更新请以新编号另行申报',
      en: 'this declaration id holds another content; declare an update under an id of its own',
    },
    reasons: [
      {
        rule: 'declaration-id',
        pointer: '/declarationId',
        zh: '申报编号已用于内容不同的申报',
        en: 'the declaration id was used for another content',
      },
    ],
  })
}
