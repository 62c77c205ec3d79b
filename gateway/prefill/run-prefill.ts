import { asExchangeError, ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, ExchangeRequest, Identified, Received, Shaped, Signed } from '../exchange.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { ExchangeLog, RecordDraft } from '../ports/exchange-log.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import type { RecordDrafts } from '../record/draft.ts'
import { assertNoIdentifierInFreeText } from '../requests/free-text.ts'
import { normaliseSubject } from '../requests/subjects.ts'
import type { ShapeCheck } from '../requests/validators.ts'
import { ExchangeEnded, type Stages } from '../run-exchange.ts'
import { checksOf } from '../shaping/check-answer.ts'
import { assertFirstUse, type EnvelopeDeps, openEnvelope, replayed } from '../stages/envelope.ts'
import { type FilledForm, fillForm } from './fill-form.ts'
import { legsOf } from './leg.ts'
import { countForm } from './rates.ts'
import { keyOf } from './reading.ts'
import { type LegEnd, type RunLegDeps, runLeg } from './run-leg.ts'
import { tasksOf } from './tasks.ts'
import type { PrefillFacts, PrefillRequest, PrefillTotals, Relation } from './types.ts'
import { MAIN } from './wanted.ts'

export interface RunPrefillDeps extends EnvelopeDeps {
  crypto: CryptoProvider
  log: Pick<ExchangeLog, 'append' | 'appendAll' | 'findByRequestId'>
  drafts: RecordDrafts
  grants: Pick<GrantStore, 'candidates' | 'refresh'>
  stages: Pick<Stages, 'authenticate' | 'authorise' | 'charge' | 'shape' | 'sign'>
  /** Asks sources until `endsAtMs`. */
  fetchUntil: (endsAtMs: number) => RunLegDeps['fetch']
  /** Runs after the records are durable; must not throw. */
  settle: (exchange: Shaped) => void
  newId: () => string
}

export type Answered = Extract<LegEnd, { kind: 'answered' }>
/** What goes out of an exchange where it is not what the form took. */
export type Release = (end: Answered, form: FilledForm) => Shaped

/** What differs between filling a form and checking it again. */
export interface PrefillOperation<P extends { jti: string }> {
  shape: ShapeCheck<P>
  assertHarmless(payload: P): void
  open(known: Authenticated, payload: P): Promise<{ request: PrefillRequest; release?: Release }>
}

/** One exchange of a prefill, recorded. */
export interface PrefillExchange {
  item: string
  role: string
  exchangeId: string
  index: bigint
  end: LegEnd
  /** `null` where nothing was released. */
  signed: Signed | null
}

export interface PrefillEnd {
  known: Authenticated
  request: PrefillRequest
  prefillId: string
  forms: FilledForm[]
  exchanges: PrefillExchange[]
}

/** Grants may change while a prefill is under way; one decided again this often gives up. */
const MAX_DECISIONS = 10
const DEADLINE_MS = 3_000

/**
 * Takes one prefill from the wire to the log.
 *
 * Errors: `ExchangeEnded` with the failure that is to be answered.
 *
 * INVARIANT: nothing is answered before the records of all its exchanges are durable; they are written in one commit.
 */
export async function runPrefill<P extends { jti: string }>(
  received: Received,
  deps: RunPrefillDeps,
  operation: PrefillOperation<P>,
): Promise<PrefillEnd> {
  let known: Authenticated | null = null
  try {
    const authenticated = await deps.stages.authenticate(received)
    known = authenticated
    const { payload, expiresAtMs } = openEnvelope(deps, authenticated, operation.shape)
    const { jti } = payload
    // Records speak of the mode; the operation's own name was bound by the signature.
    const prefilling: Authenticated = { ...authenticated, received: { ...received, op: 'prefill' } }
    known = prefilling
    operation.assertHarmless(payload)
    await assertFirstUse(deps, authenticated, jti, expiresAtMs)
    const { request: written, ...rest } = await operation.open(prefilling, payload)
    const request = normalised({ ...written, jti }, deps.now())
    const requestId = { iss: authenticated.sender.system.id, jti, expiresAtMs }
    return await prefill(prefilling, request, requestId, deps, rest.release)
  } catch (thrown) {
    const failure = asExchangeError(thrown)
    if (known === null || failure.code === 'request.replayed' || failure.code === 'record.unavailable')
      throw new ExchangeEnded(known, failure)
    throw new ExchangeEnded(known, await recorded(known, failure, deps))
  }
}

async function prefill(
  known: Authenticated,
  request: PrefillRequest,
  requestId: Identified['requestId'],
  deps: RunPrefillDeps,
  release: Release | undefined,
): Promise<PrefillEnd> {
  const tasks = tasksOf(known, request)
  const legs = tasks.flatMap((task) => legsOf(task, { authenticated: known, request, requestId, newId: deps.newId }))
  // The first exchange bears the id the caller is told when anything fails.
  legs[0]!.identified.exchangeId = known.exchangeId
  const charged = new Set<string>()
  for (let decisions = 1; decisions <= MAX_DECISIONS; decisions++) {
    const fetch = deps.fetchUntil(deps.now() + (request.deadlineMs ?? DEADLINE_MS))
    const runs: RunLegDeps = { ...deps.stages, grants: deps.grants, fetch }
    const ends = await Promise.all(legs.map((leg) => runLeg(leg, runs, charged)))
    const forms = tasks.map((task) => {
      const own = new Map(ends.filter(({ leg }) => leg.task === task).map((end) => [end.leg.role, end]))
      return fillForm(task, own, known.catalog, request, deps.now())
    })
    const signed = await Promise.all(ends.map((end) => signedOf(end, forms, known.exchangeId, release, deps)))
    const drafts = signed.map(({ draft }, at) => (at === 0 ? draft : { ...draft, requestId: null }))
    const results = await deps.log.appendAll(drafts)
    const [first] = results
    if (first?.status === 'replayed') throw replayed(first.firstExchangeId, first.firstOutcome)
    if (first?.status === 'stale') {
      // A grant changed after this was decided: decide again before anything is released (invariant 5).
      await deps.grants.refresh()
      continue
    }
    for (const each of signed) if (each.signed !== null) deps.settle(each.signed)
    const exchanges = ends.map((end, at): PrefillExchange => {
      const result = results[at]!
      if (result.status !== 'recorded') throw new ExchangeError('internal', 'records of one commit ended differently')
      const { exchangeId } = end.leg.identified
      return {
        item: end.leg.task.item.id,
        role: end.leg.role,
        exchangeId,
        index: result.index,
        end,
        signed: signed[at]!.signed,
      }
    })
    return { known, request, prefillId: known.exchangeId, forms, exchanges }
  }
  throw new ExchangeError('record.unavailable', `grants changed ${MAX_DECISIONS} times during one prefill`)
}

/** An exchange's record, and its evidence where something may be released. */
async function signedOf(
  end: LegEnd,
  forms: readonly FilledForm[],
  prefillId: string,
  release: Release | undefined,
  deps: RunPrefillDeps,
): Promise<{ draft: RecordDraft; signed: Signed | null }> {
  const form = forms.find(({ task }) => task === end.leg.task)!
  const relation = form.relations.get(end.leg.role) ?? null
  const prefill = factsOf(form, end, prefillId, relation, release !== undefined)
  const { identified } = end.leg
  const failure = end.kind === 'refused' ? end.failure : relation === null || relation === 'proven' ? null : notProven()
  if (failure !== null || end.kind === 'refused') {
    const known = { ...identified, prefill }
    const draft = deps.drafts.ofFailure(known, known, failure ?? notProven(), deps.now())
    // Whatever becomes of the relation, its sources answered and were checked.
    return { draft: end.kind === 'answered' ? { ...draft, checks: checksOf(end.shaped.answers) } : draft, signed: null }
  }
  const released = { ...(release?.(end, form) ?? form.selection.released(end)), prefill }
  const evidence = await deps.stages.sign({ ...released, sources: withoutChecks(released) })
  const signed: Signed = { ...evidence, sources: released.sources }
  return { draft: deps.drafts.ofRelease(signed, deps.now()), signed }
}

/** Evidence names no source that was read for a check only: its status would tell what the check is to keep. */
export function withoutChecks({ fields, withheld, sources, results }: Shaped): Shaped['sources'] {
  if (results !== null) return sources
  const kept = new Set(fields.filter(({ name }) => !withheld?.has(name)).map(keyOf))
  return Object.fromEntries(Object.entries(sources).filter(([key]) => kept.has(key)))
}

function factsOf(
  { task, fields, materials }: FilledForm,
  { leg }: LegEnd,
  id: string,
  relation: Relation | null,
  recheck: boolean,
): PrefillFacts {
  const { state, basis } = task.form
  const totals: PrefillTotals = {
    ...countForm({ fields, materials: materials.map((each) => each.state) }),
    recheck: Number(recheck),
    state,
    basis,
    department: task.acting?.id ?? null,
  }
  return { form: task.form.id, id, role: leg.role, relation, totals: leg.role === MAIN ? totals : null }
}

/** The same words for not related, not known and not granted. */
function notProven(): ExchangeError {
  return new ExchangeError('access.denied', 'the relation is not proven', {
    reasons: [
      {
        rule: 'relation',
        zh: '未能依据数据确认该主体与主要主体的关系，相关内容由申请人填写',
        en: 'the relation could not be proven from data; the applicant fills these fields',
      },
    ],
  })
}

/** Free text of a prefill: what would be recorded or answered in clear. Errors: `request.malformed`. */
export function assertHarmlessPrefill(payload: PrefillRequest): void {
  const { subjects, purposes, answers, applicant, ...rest } = payload
  const [subject, ...others] = Object.entries(subjects)
  assertNoIdentifierInFreeText({
    ...rest,
    scenario: rest.scenario ?? '',
    subject: subject![1],
    parties: Object.fromEntries([...others, [subject![0], subject![1]]]),
    fields: [...Object.values(purposes ?? {}), ...Object.values(answers ?? {}), applicant ?? ''],
  } satisfies ExchangeRequest)
}

function normalised(request: PrefillRequest, nowMs: number): PrefillRequest {
  const subjects = Object.entries(request.subjects).map(([role, subject]) => [
    role,
    normaliseSubject(subject, '/subjects/*', nowMs),
  ])
  return { ...request, subjects: Object.fromEntries(subjects) }
}

/** The failure to answer: the one thrown, once it is recorded, or the one that recording it met. */
async function recorded(known: Authenticated, failure: ExchangeError, deps: RunPrefillDeps): Promise<ExchangeError> {
  try {
    const result = await deps.log.append(deps.drafts.ofFailure(known, null, failure, deps.now()))
    return result.status === 'replayed' ? replayed(result.firstExchangeId, result.firstOutcome) : failure
  } catch (thrown) {
    const met = asExchangeError(thrown)
    return met.code === 'record.unavailable' ? met : new ExchangeError('record.unavailable', 'no record could be made')
  }
}
