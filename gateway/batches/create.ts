import { asExchangeError, ExchangeError } from '../errors/exchange-error.ts'
import { languageOf } from '../errors/problem.ts'
import type { ReportDrafts, Reporter, ReportFacts } from '../events/report-record.ts'
import type { Authenticated, ExchangeRequest, Received } from '../exchange.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import { assertNoIdentifierInFreeText } from '../requests/free-text.ts'
import { ExchangeEnded } from '../run-exchange.ts'
import {
  actingMember,
  assertFirstUse,
  type EnvelopeDeps,
  openEnvelope,
  PLAIN_REQUEST_ID_MS,
  replayed,
} from '../stages/envelope.ts'
import { assertItem, requestedFields } from '../stages/identify.ts'
import { batchShape } from './batch.schema.ts'
import type { createDecide } from './decide.ts'
import { type BatchRequest, membersOf, type StoredRequest } from './members.ts'
import type { StagingSeal } from './staging-seal.ts'
import type { Batch, BatchStore } from './types.ts'

export interface CreateBatchDeps extends EnvelopeDeps {
  authenticate: (received: Received) => Promise<Authenticated>
  decide: ReturnType<typeof createDecide>
  store: BatchStore
  log: Pick<ExchangeLog, 'append' | 'findByRequestId'>
  drafts: ReportDrafts
  staging: StagingSeal
}

/** Subjects not uploaded by then: the batch goes. */
export const UPLOAD_WITHIN_MS = 24 * 3_600_000
/** Batches of one system that may hold something staged at a time: staging is bounded by it. */
const OPEN_PER_SYSTEM = 20

/**
 * Takes a batch in: who asks, whether it may be asked at all, and a place for its subjects. Its record, like that of a
 * refusal, is durable before the answer.
 *
 * Errors: `ExchangeEnded`, as for an exchange; `quota.exceeded` when too many batches of the system are open.
 */
export function createCreateBatch(deps: CreateBatchDeps) {
  return async function createBatch(
    received: Received,
    acceptLanguage: string | undefined,
  ): Promise<{ known: Authenticated; batch: Batch }> {
    let known: Reporter | null = null
    let request: BatchRequest | null = null
    try {
      const authenticated = await deps.authenticate(received)
      known = { ...authenticated, acting: authenticated.sender.member, requestId: bytesId(authenticated, deps.now()) }
      const { payload: written, expiresAtMs } = openEnvelope(deps, authenticated, batchShape)
      assertNoIdentifierInFreeText({ ...written, subject: NOBODY } as ExchangeRequest)
      await assertFirstUse(deps, authenticated, written.jti, expiresAtMs)
      request = written
      const requestId = { iss: authenticated.sender.system.id, jti: written.jti, expiresAtMs }
      known = { ...known, requestId }
      known = { ...known, acting: actingMember(authenticated, written.onBehalfOf) }
      assertItem(authenticated.catalog, written)
      const fields = requestedFields(authenticated.catalog, written)
      await deps.decide(authenticated, known.acting, membersOf(written), fields)
      await assertFewOpen(deps.store, authenticated.sender.system.id)
      return { known, batch: await accept(known, written, acceptLanguage) }
    } catch (thrown) {
      const failure = asExchangeError(thrown)
      throw new ExchangeEnded(known, known === null ? failure : await recorded(known, request, failure))
    }
  }

  /** The place first, the record next: a place without a record is dropped, a record without a place cannot be. */
  async function accept(known: Reporter, request: BatchRequest, acceptLanguage: string | undefined): Promise<Batch> {
    const { sender, received, exchangeId: id } = known
    const nowMs = deps.now()
    const stored: StoredRequest = {
      members: membersOf(request),
      signed: sender.signed,
      address: received.address,
      correlationId: received.correlationId,
      language: languageOf(acceptLanguage),
    }
    const batch = { id, system: sender.system.id, member: sender.member.id }
    await deps.store.create({
      ...batch,
      scenario: request.scenario,
      sealedRequest: deps.staging.seal(batch, 'request', 0, Buffer.from(JSON.stringify(stored))),
      count: request.count,
      subjectsSha256: request.subjectsSha256,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + UPLOAD_WITHIN_MS,
    })
    try {
      await append(known, factsOf(request))
    } catch (thrown) {
      await deps.store.drop(id).catch(() => undefined)
      throw thrown
    }
    const created = await deps.store.find(id)
    if (created === undefined) throw new ExchangeError('internal', 'a batch just made is not there')
    return created
  }

  async function append(known: Reporter, facts: ReportFacts): Promise<void> {
    const result = await deps.log.append(deps.drafts(known, known.exchangeId, facts, deps.now()))
    if (result.status === 'replayed') throw replayed(result.firstExchangeId, result.firstOutcome)
    if (result.status === 'stale') throw new ExchangeError('internal', 'taking a batch in releases nothing')
  }

  /** The failure to answer: the one met, once it is recorded, or the one that recording it met (invariant 1). */
  async function recorded(
    known: Reporter,
    request: BatchRequest | null,
    failure: ExchangeError,
  ): Promise<ExchangeError> {
    if (failure.code === 'record.unavailable' || failure.code === 'request.replayed') return failure
    return await append(known, { ...factsOf(request), failure }).then(
      () => failure,
      (second) => {
        const met = asExchangeError(second)
        return met.code === 'request.replayed'
          ? met
          : new ExchangeError('record.unavailable', 'no record of a refusal could be made', { cause: second })
      },
    )
  }
}

/** Of whom it will be asked stands in the lines, each of which is checked with its own. */
const NOBODY = { type: 'person', idType: 'resident-id', id: '' } as const

/** Before its id is known to be one, a request is unique by its bytes. */
const bytesId = ({ sender, requestHash }: Authenticated, nowMs: number): Reporter['requestId'] => ({
  iss: sender.system.id,
  jti: `bytes.${requestHash}`,
  expiresAtMs: nowMs + PLAIN_REQUEST_ID_MS,
})

async function assertFewOpen(store: BatchStore, system: string): Promise<void> {
  if ((await store.openOf(system)) < OPEN_PER_SYSTEM) return
  throw new ExchangeError('quota.exceeded', 'too many batches of this system are open', {
    reasons: [
      {
        rule: 'open-batches',
        zh: `本系统未办结的批次已达 ${OPEN_PER_SYSTEM} 个，请先取回并确认已有批次的结果`,
        en: `${OPEN_PER_SYSTEM} batches of this system are open; fetch and acknowledge their results first`,
      },
    ],
  })
}

/** Words of a request that was not understood do not get into the log. */
function factsOf(request: BatchRequest | null): ReportFacts {
  if (request === null) return { kind: 'batch', subjects: [], details: { act: 'create' }, committed: {} }
  return {
    kind: 'batch',
    scenario: request.scenario,
    item: request.item ?? null,
    caseNo: request.case ?? null,
    application: request.application ?? null,
    purpose: request.purpose,
    fields: request.fields,
    datasets: [...new Set(request.fields.map((name) => name.slice(name.indexOf(':') + 1).split('.')[0]!))].sort(),
    subjects: [],
    details: { act: 'create', count: request.count },
    committed: {
      // Bound to the record, and of no use for guessing: of one short line, a plain digest gives the person's number away.
      subjects: request.subjectsSha256,
      ...(request.operator !== undefined && { operator: `operator:${request.operator.id}` }),
    },
  }
}
