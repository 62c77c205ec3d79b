import canonicalize from 'canonicalize'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { createShapeCheck } from '../requests/validators.ts'
import { eventSchema } from './event.schema.ts'
import { assertResponsible, readEvent, type WrittenEvent } from './read-event.ts'
import type { Reporter, ReportFacts } from './report-record.ts'
import type { ReportOperation, Reports } from './run-report.ts'
import type { SealedValues } from './sealed-values.ts'
import type { EventStore, ReportedEvent, StoredEvent } from './types.ts'

export interface AcceptEventDeps {
  reports: Pick<Reports, 'record'>
  events: Pick<EventStore, 'reserve'>
  digests: SubjectDigests
  sealed: SealedValues
  /** Makes dossiers and cases of a recorded event; must not throw. What it misses, a job finds. */
  project: (exchangeId: string, catalog: Catalog) => Promise<void>
  now: () => number
}

export interface AcceptedEvent {
  eventId: string
  exchangeId: string
  index: string
  recordedAt: string
}

const shape = createShapeCheck<WrittenEvent>(eventSchema)

/**
 * Takes in one event: reserves its id, records it, then makes cases and dossiers of it.
 *
 * The same event sent again (`eventId` of the same system, same content) gets the first one's answer and a record
 * that names the first. Errors: `access.denied` for what is not the reporter's; `request.replayed` (409, `event-id`) for another
 * content under a used id.
 */
export function createAcceptEvent(deps: AcceptEventDeps): ReportOperation<WrittenEvent, AcceptedEvent> {
  return {
    shape,
    async accept(reporter, written) {
      assertResponsible(written, reporter.acting, reporter.catalog)
      const event = readEvent(written, reporter.catalog, deps.now())
      const stored = storedForm(deps, reporter, event)
      const reservation = await deps.events.reserve(stored)
      if (reservation.status === 'conflict') throw otherContent()
      const { exchangeId } = reservation
      const position = await deps.reports.record(reporter, factsOf(event, stored.contentDigest), exchangeId)
      if (reservation.status === 'known') return answerOf(event, reservation)
      await deps.project(exchangeId, reporter.catalog)
      return answerOf(event, { exchangeId, ...position })
    },
  }
}

const answerOf = (
  { eventId }: ReportedEvent,
  { exchangeId, index, recordedAtMs }: { exchangeId: string; index: bigint; recordedAtMs: number },
): AcceptedEvent => ({
  eventId,
  exchangeId,
  index: String(index),
  recordedAt: new Date(recordedAtMs).toISOString(),
})

/** The row of an event: identifiers as keyed digests beside sealed values. Also for change notices. */
export function storedForm(
  { digests, sealed, now }: Pick<AcceptEventDeps, 'digests' | 'sealed' | 'now'>,
  { exchangeId, sender, acting }: Reporter,
  event: ReportedEvent,
): StoredEvent {
  const { certificate, subjects, ...plain } = event
  return {
    ...plain,
    exchangeId,
    system: sender.system.id,
    member: acting.id,
    contentDigest: sealed.digest(`event:${acting.id}:${canonicalize(event)}`),
    reportedAtMs: now(),
    certificate:
      certificate === null
        ? null
        : {
            type: certificate.type,
            digest: sealed.digest(`certificate:${certificate.type}:${certificate.number}`),
            sealed: sealed.seal('certificate', exchangeId, certificate.number),
            validUntil: certificate.validUntil,
          },
    subjects: subjects.map(({ role, subject }, place) => ({
      role,
      type: subject.type,
      idType: subject.idType,
      digest: digests.of(subject),
      sealed: sealed.seal('subject', `${exchangeId}:${place}`, JSON.stringify(subject)),
    })),
  }
}

function factsOf(event: ReportedEvent, contentDigest: string): ReportFacts {
  return {
    kind: 'event',
    scenario: event.scenario,
    item: event.item,
    caseNo: event.caseNo,
    application: event.application,
    datasets: event.dataset === null ? [] : [event.dataset],
    subjects: event.subjects,
    details: {
      eventId: event.eventId,
      event: event.kind,
      occurredAt: new Date(event.occurredAtMs).toISOString(),
      outcome: event.outcome,
      certificateType: event.certificate?.type ?? null,
    },
    committed: {
      content: contentDigest,
      ...(event.certificate !== null && { certificate: event.certificate.number }),
    },
  }
}

function otherContent(): ExchangeError {
  return new ExchangeError('request.replayed', 'the event id holds another content', {
    publicDetail: {
      zh: '该事件编号已用于内容不同的事件；更正请以新编号另行上报',
      en: 'this event id holds another content; report a correction under an id of its own',
    },
    reasons: [
      {
        rule: 'event-id',
        pointer: '/eventId',
        zh: '事件编号已用于内容不同的事件',
        en: 'the event id was used for another content',
      },
    ],
  })
}
