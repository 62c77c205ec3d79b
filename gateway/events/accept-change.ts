import canonicalize from 'canonicalize'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Subject } from '../exchange.ts'
import type { ResultCache } from '../ports/result-cache.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import {
  caseSchema,
  itemSchema,
  type ObjectSchema,
  onBehalfOfSchema,
  requestIdSchema,
  scenarioSchema,
  subjectSchema,
} from '../requests/exchange-request.schema.ts'
import { createShapeCheck } from '../requests/validators.ts'
import { storedForm } from './accept-event.ts'
import { MOMENT } from './event.schema.ts'
import type { ChangeNotice, NoticeStore } from './notices.ts'
import { assertResponsible, readEvent, type WrittenEvent } from './read-event.ts'
import type { ReportFacts } from './report-record.ts'
import type { ReportOperation, Reports } from './run-report.ts'
import type { SealedValues } from './sealed-values.ts'
import type { EventStore, ReportedEvent } from './types.ts'

export const changeSchema: ObjectSchema = {
  type: 'object',
  description: '数据变更通知：使该主体的缓存答复立即失效 / a provider’s change notice',
  properties: {
    jti: requestIdSchema,
    onBehalfOf: onBehalfOfSchema,
    dataset: { type: 'string', pattern: '^[a-z][a-z0-9-]{1,63}$' },
    change: { enum: ['created', 'updated', 'removed'] },
    subject: subjectSchema,
    occurredAt: { type: 'string', pattern: MOMENT },
    scenario: scenarioSchema,
    item: itemSchema,
    case: caseSchema,
  },
  required: ['jti', 'dataset', 'change', 'subject', 'occurredAt'],
  additionalProperties: false,
}
const shape = createShapeCheck<WrittenChange>(changeSchema)

interface WrittenChange {
  jti: string
  onBehalfOf?: string
  dataset: string
  change: ChangeNotice['change']
  subject: Subject
  occurredAt: string
  scenario?: string
  item?: string
  case?: string
}

export interface AcceptChangeDeps {
  reports: Pick<Reports, 'record'>
  events: Pick<EventStore, 'reserve'>
  notices: Pick<NoticeStore, 'addChange' | 'raised'>
  cache: Pick<ResultCache, 'raiseEpoch'>
  digests: SubjectDigests
  sealed: SealedValues
  project: (exchangeId: string, catalog: Catalog) => Promise<void>
  now: () => number
}

/**
 * Takes in a change notice: from the answer on, no cached answer about the subject is read any more; where the cache
 * cannot be reached at once, a job goes on until it can. Datasets that say so put a line into the dossier too, one per
 * change however often it is told.
 *
 * What is to be raised is durable before the record is: whoever dies between the two leaves a notice too many, which
 * costs a call to the source, and never a record whose cached answers live on.
 */
export function createAcceptChange(
  deps: AcceptChangeDeps,
): ReportOperation<WrittenChange, { exchangeId: string; cache: 'raised' | 'pending' }> {
  return {
    shape,
    async accept(reporter, written) {
      const { exchangeId: call, acting, catalog } = reporter
      const asEvent = eventOf(written)
      assertResponsible(asEvent, acting, catalog)
      const read = readEvent(asEvent, catalog, deps.now())
      const event = { ...read, eventId: `change:${deps.sealed.digest(`change:${acting.id}:${canonicalize(read)}`)}` }
      const { subject } = event.subjects[0]!
      const cacheSubject = `${subject.idType}:${subject.id}`
      await deps.notices.addChange({
        exchangeId: call,
        member: acting.id,
        dataset: written.dataset,
        change: written.change,
        sealedSubject: deps.sealed.seal('change', call, cacheSubject),
        occurredAtMs: event.occurredAtMs,
        reportedAtMs: deps.now(),
      })
      const inDossier = catalog.datasets.get(written.dataset)?.changesToDossier === true
      const reservation = inDossier ? await deps.events.reserve(storedForm(deps, reporter, event)) : null
      if (reservation?.status === 'conflict')
        throw new ExchangeError('internal', 'a change’s id is its content’s digest and cannot hold another')
      const exchangeId = reservation?.exchangeId ?? call
      await deps.reports.record(reporter, factsOf(written, event), exchangeId)
      const raised = await raise(deps, call, cacheSubject)
      if (inDossier) await deps.project(exchangeId, catalog)
      return { exchangeId, cache: raised ? 'raised' : 'pending' }
    },
  }
}

const factsOf = ({ change, dataset }: WrittenChange, event: ReportedEvent): ReportFacts => ({
  kind: 'change',
  scenario: event.scenario,
  item: event.item,
  caseNo: event.caseNo,
  datasets: [dataset],
  subjects: event.subjects,
  details: { change, occurredAt: new Date(event.occurredAtMs).toISOString() },
  committed: {},
})

/** One try; the notice stays unraised where it fails, and the job takes it from there. */
export async function raise(
  { cache, notices, now }: Pick<AcceptChangeDeps, 'cache' | 'now'> & { notices: Pick<NoticeStore, 'raised'> },
  exchangeId: string,
  cacheSubject: string,
): Promise<boolean> {
  try {
    await cache.raiseEpoch(cacheSubject)
    await notices.raised(exchangeId, now())
    return true
  } catch (thrown) {
    // A store that is away may come back; anything else would be a fault of ours, and the job will show it.
    if (thrown instanceof ExchangeError) return false
    throw thrown
  }
}

/** A change reads like an event of kind `changed`: same checks, same responsibility. Its id is given by its content. */
function eventOf({ dataset, change, subject, occurredAt, ...rest }: WrittenChange): WrittenEvent {
  return {
    ...rest,
    eventId: '',
    kind: 'changed',
    dataset,
    occurredAt,
    outcome: change,
    subjects: [{ role: 'subject', ...subject }],
  }
}
