import type { Catalog, MemberEntry } from '../catalog/types.ts'
import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { Subject } from '../exchange.ts'
import { isCalendarDate } from '../identifiers/calendar-date.ts'
import { parseCaseNumber } from '../identifiers/case-number.ts'
import { containsPersonalIdentifier } from '../identifiers/index.ts'
import { normaliseSubject } from '../requests/subjects.ts'
import type { EventKind, ReportedEvent } from './types.ts'

/** The members of `POST /v1/events` after the schema check. */
export interface WrittenEvent {
  jti: string
  onBehalfOf?: string
  eventId: string
  kind: EventKind
  scenario?: string
  item?: string
  dataset?: string
  case?: string
  application?: string
  occurredAt: string
  outcome?: string
  certificate?: { type: string; number: string; validUntil?: string }
  subjects: ({ role: string } & Subject)[]
}

const SKEW_MS = 30_000

/**
 * Brings an event into normal form and checks it against the catalogue.
 *
 * Errors: `request.malformed` (time in the future, case number, identifier in free text), `subject.invalid`,
 *         `access.denied` for scenarios, items, datasets and certificates that the catalogue does not have.
 */
export function readEvent(written: WrittenEvent, catalog: Catalog, nowMs: number): ReportedEvent {
  assertCatalogued(written, catalog)
  const occurredAtMs = momentOf(written.occurredAt, nowMs)
  const subjects = written.subjects.map(({ role, ...subject }, place) => ({
    role,
    subject: normaliseSubject(subject, `/subjects/${place}`, nowMs),
  }))
  assertNoIdentifier(written, subjects)
  const item = written.item ?? null
  return {
    eventId: written.eventId,
    kind: written.kind,
    scenario: written.scenario ?? (item === null ? null : (catalog.items.get(item)?.scenario ?? null)),
    item,
    dataset: written.dataset ?? null,
    caseNo: written.case === undefined ? null : caseNumber(written.case),
    application: written.application ?? null,
    outcome: written.outcome ?? null,
    occurredAtMs,
    certificate:
      written.certificate === undefined
        ? null
        : { validUntil: null, ...written.certificate, number: written.certificate.number.normalize('NFKC').trim() },
    subjects,
  }
}

/**
 * The reporter answers for what it reports: its own items, as lead or collaborating department, and its own datasets.
 *
 * Errors: `access.denied` (`not-responsible`).
 */
export function assertResponsible({ item, dataset }: WrittenEvent, acting: MemberEntry, catalog: Catalog): void {
  const entry = item === undefined ? undefined : catalog.items.get(item)
  const ownItem = entry === undefined || [...entry.lead, ...entry.collaborating].includes(acting.id)
  const ownDataset = dataset === undefined || catalog.datasets.get(dataset)?.provider === acting.id
  if (ownItem && ownDataset) return
  throw new ExchangeError('access.denied', 'the reporter is not responsible for what it reports', {
    reasons: [
      {
        rule: 'not-responsible',
        pointer: ownItem ? '/dataset' : '/item',
        zh: ownItem ? '该部门不是所述数据资源的提供部门' : '该部门既不是所述事项的牵头部门，也不是配合部门',
        en: ownItem ? 'the department does not provide this dataset' : 'the department has no part in this item',
        next: {
          zh: '请由责任部门上报，或由登记的代理系统以 onBehalfOf 代为上报',
          en: 'have the responsible department report it, or its registered agent with `onBehalfOf`',
        },
      },
    ],
  })
}

function assertCatalogued({ scenario, item, dataset, certificate }: WrittenEvent, catalog: Catalog): void {
  const unknown: Reason[] = []
  const missing = (word: string, pointer: string, zh: string, en: string): void =>
    void unknown.push({ rule: word, pointer, zh: `目录中没有这个${zh}`, en: `the catalogue has no such ${en}` })
  if (scenario !== undefined && !catalog.scenarios.has(scenario))
    missing('scenario', '/scenario', '应用场景', 'scenario')
  if (item !== undefined && !catalog.items.has(item)) missing('item', '/item', '事项', 'item')
  if (dataset !== undefined && !catalog.datasets.has(dataset)) missing('dataset', '/dataset', '数据资源', 'dataset')
  if (certificate !== undefined && !catalog.certificates.has(certificate.type))
    missing('certificate', '/certificate/type', '证照类型', 'kind of certificate')
  if (unknown.length > 0)
    throw new ExchangeError('access.denied', 'an event about what is not in the catalogue', { reasons: unknown })
}

/** Errors: `request.malformed` for a moment that does not exist or has not come yet. */
export function momentOf(text: string, nowMs: number, pointer = '/occurredAt'): number {
  const ms = Date.parse(text)
  // The parser rolls 30 February over into March.
  if (!Number.isNaN(ms) && isCalendarDate(text.slice(0, 10).replaceAll('-', '')) && ms <= nowMs + SKEW_MS) return ms
  throw new ExchangeError('request.malformed', 'a moment that is not or has not been', {
    reasons: [{ rule: 'moment', pointer, zh: '时间不存在或尚未到来', en: 'no such moment, or not yet come' }],
  })
}

function caseNumber(text: string): string {
  const parsed = parseCaseNumber(text)
  if (parsed.ok) return parsed.normal
  throw new ExchangeError('request.malformed', 'not a case number', {
    reasons: [{ rule: parsed.fault, pointer: '/case', zh: '办件编号不合规', en: 'the case number is not well formed' }],
  })
}

/** Ids stay in clear in the record, which must be free of personal identifiers (invariant 4). */
function assertNoIdentifier(
  { eventId, application, case: caseNo = '' }: WrittenEvent,
  subjects: ReportedEvent['subjects'],
): void {
  const named = subjects.some(({ subject }) => caseNo.toUpperCase().includes(subject.id.toUpperCase()))
  const pointers = [
    ...(containsPersonalIdentifier(eventId) ? ['/eventId'] : []),
    ...(containsPersonalIdentifier(application ?? '') ? ['/application'] : []),
    ...(named ? ['/case'] : []),
  ]
  if (pointers.length === 0) return
  throw new ExchangeError('request.malformed', 'an id holds a personal identifier', {
    reasons: pointers.map((pointer) => ({
      rule: 'identifier-in-text',
      pointer,
      zh: '编号中含有个人身份标识',
      en: 'an id holds a personal identifier',
    })),
  })
}
