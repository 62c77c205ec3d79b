import { ExchangeError } from '../errors/exchange-error.ts'
import type { Subject } from '../exchange.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { ResultCache } from '../ports/result-cache.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { chinaDay, normaliseSubject } from '../requests/subjects.ts'
import { createShapeCheck } from '../requests/validators.ts'
import { raise } from './accept-change.ts'
import { ownRelease } from './accept-usage.ts'
import { type CorrectionAction, correctionSchema } from './correction.schema.ts'
import type { Correction, CorrectionResult, CorrectionState, CorrectionStep, NoticeStore } from './notices.ts'
import type { Reporter } from './report-record.ts'
import type { ReportOperation, Reports } from './run-report.ts'
import type { SealedValues } from './sealed-values.ts'
import { workingDayAfter } from './working-days.ts'

/** 政务数据共享条例 art. 26: the source body answers within ten working days. */
export const ANSWER_WORKING_DAYS = 10
const LISTED = 200
const assertShape = createShapeCheck(correctionSchema)

export interface WrittenCorrection {
  action: CorrectionAction
  exchange?: string
  dataset?: string
  fields?: string[]
  subject?: Subject
  text?: string
  box?: 'filed' | 'received'
  number?: string
  result?: CorrectionResult
}

export interface AcceptCorrectionDeps {
  reports: Pick<Reports, 'record'>
  notices: NoticeStore
  log: Pick<ExchangeLog, 'find'>
  cache: Pick<ResultCache, 'raiseEpoch'>
  digests: SubjectDigests
  sealed: SealedValues
  now: () => number
}

interface SealedText {
  subject: Subject
  text: string
}

/**
 * 校核纠错: a consumer disputes what it was given; the source body answers; the consumer closes. Everything is recorded,
 * reading included, since texts hold personal data; they are stored sealed.
 *
 * Errors: `request.unknown-resource` for another's exchange or correction; `request.malformed` (`state`) out of order.
 */
export function createAcceptCorrection(deps: AcceptCorrectionDeps): ReportOperation<WrittenCorrection, object> {
  const actions: Record<CorrectionAction, (reporter: Reporter, written: WrittenCorrection) => Promise<object>> = {
    open: (reporter, written) => open(deps, reporter, written),
    list: (reporter, written) => list(deps, reporter, written),
    read: (reporter, written) => read(deps, reporter, written),
    answer: (reporter, written) => step(deps, reporter, written, 'answered'),
    close: (reporter, written) => step(deps, reporter, written, 'closed'),
  }
  return { assertShape, accept: (reporter, written) => actions[written.action](reporter, written) }
}

async function open(deps: AcceptCorrectionDeps, reporter: Reporter, written: WrittenCorrection): Promise<object> {
  const { exchange, dataset, fields, text } = written as Required<WrittenCorrection>
  const { catalog, sender, acting, exchangeId } = reporter
  const nowMs = deps.now()
  const subject = normaliseSubject(written.subject!, '/subject', nowMs)
  const about = await ownRelease(deps.log, sender.system.id, exchange, dataset)
  const subjectDigest = deps.digests.of(subject)
  const entry = catalog.datasets.get(dataset)
  if (entry === undefined || !(await deps.notices.isAbout(about.exchangeId, subjectDigest))) throw unknown('/exchange')
  if (!fields.every((field) => about.columns.fields.includes(field))) throw unknown('/fields')

  const number = await deps.notices.nextCorrectionNumber(chinaDay(nowMs))
  const dueOn = workingDayAfter(catalog.calendars, chinaDay(nowMs), ANSWER_WORKING_DAYS)
  await deps.reports.record(reporter, {
    kind: 'correction',
    datasets: [dataset],
    fields,
    subjects: [{ role: 'subject', subject }],
    details: { number, action: 'open', about: exchange, provider: entry.provider, dueOn },
    committed: { text },
  })
  const sealedText = deps.sealed.seal('correction', number, JSON.stringify({ subject, text } satisfies SealedText))
  const filed: Correction = {
    number,
    exchangeId,
    aboutExchange: exchange,
    system: sender.system.id,
    member: acting.id,
    provider: entry.provider,
    dataset,
    fields,
    subjectDigest,
    sealedText,
    openedAtMs: nowMs,
    dueOn,
  }
  await deps.notices.addCorrection(filed, stepOf(reporter, 'open', null, null, nowMs))
  return { exchangeId, ...publicForm(filed, 'open') }
}

async function list(deps: AcceptCorrectionDeps, reporter: Reporter, { box }: WrittenCorrection): Promise<object> {
  const found = await deps.notices.corrections(
    box === 'filed' ? { filedBy: reporter.sender.system.id } : { receivedBy: reporter.acting.id },
    LISTED,
  )
  await recordLook(deps, reporter, 'list', null, { box: box!, found: found.length })
  return {
    exchangeId: reporter.exchangeId,
    corrections: found.map(({ correction, state }) => publicForm(correction, state)),
  }
}

async function read(deps: AcceptCorrectionDeps, reporter: Reporter, { number }: WrittenCorrection): Promise<object> {
  const { correction, steps } = await partyTo(deps, reporter, number!)
  const { subject, text } = JSON.parse(
    deps.sealed.open('correction', correction.number, correction.sealedText),
  ) as SealedText
  await recordLook(deps, reporter, 'read', subject, { number: correction.number })
  return {
    exchangeId: reporter.exchangeId,
    ...publicForm(correction, steps.at(-1)!.state),
    subject,
    text,
    steps: steps.map(({ state, member, result, sealedText, enteredAtMs }) => ({
      state,
      member,
      result,
      text: sealedText === null ? null : deps.sealed.open(`correction-${state}`, correction.number, sealedText),
      at: new Date(enteredAtMs).toISOString(),
    })),
  }
}

async function step(
  deps: AcceptCorrectionDeps,
  reporter: Reporter,
  { number, result, text }: WrittenCorrection,
  state: 'answered' | 'closed',
): Promise<object> {
  const { correction, steps } = await partyTo(deps, reporter, number!)
  const answering = state === 'answered'
  if (answering ? reporter.acting.id !== correction.provider : reporter.sender.system.id !== correction.system)
    throw notYours(answering)
  if (steps.at(-1)!.state !== (answering ? 'open' : 'answered')) throw outOfOrder(steps.at(-1)!.state)
  const { subject } = JSON.parse(deps.sealed.open('correction', correction.number, correction.sealedText)) as SealedText
  const nowMs = deps.now()
  const today = chinaDay(nowMs)
  const late = answering && correction.dueOn !== null && today > correction.dueOn
  await deps.reports.record(reporter, {
    kind: 'correction',
    datasets: [correction.dataset],
    fields: correction.fields,
    subjects: [{ role: 'subject', subject }],
    details: {
      number: correction.number,
      action: answering ? 'answer' : 'close',
      result: result ?? null,
      ...(answering && { dueOn: correction.dueOn, late: late ? 'late' : 'in-time' }),
    },
    committed: text === undefined ? {} : { text },
  })
  const sealedText = text === undefined ? null : deps.sealed.seal(`correction-${state}`, correction.number, text)
  const added = await deps.notices.addStep(
    correction.number,
    stepOf(reporter, state, result ?? null, sealedText, nowMs),
  )
  if (!added) throw outOfOrder(state)
  if (result === 'corrected') await forget(deps, reporter, correction, subject)
  return { exchangeId: reporter.exchangeId, ...publicForm(correction, state), ...(answering && { late }) }
}

/** What was corrected must not be answered from the cache any more. */
async function forget(
  deps: AcceptCorrectionDeps,
  { exchangeId }: Reporter,
  { provider, dataset }: Correction,
  subject: Subject,
): Promise<void> {
  const cacheSubject = `${subject.idType}:${subject.id}`
  const nowMs = deps.now()
  await deps.notices.addChange({
    exchangeId,
    member: provider,
    dataset,
    change: 'updated',
    sealedSubject: deps.sealed.seal('change', exchangeId, cacheSubject),
    occurredAtMs: nowMs,
    reportedAtMs: nowMs,
  })
  await raise(deps, exchangeId, cacheSubject)
}

/** Errors: `request.unknown-resource` for whoever neither filed it nor is its source body. */
async function partyTo(
  deps: AcceptCorrectionDeps,
  { sender, acting }: Reporter,
  number: string,
): Promise<{ correction: Correction; steps: CorrectionStep[] }> {
  const found = await deps.notices.correction(number)
  if (found !== undefined && (found.correction.system === sender.system.id || found.correction.provider === acting.id))
    return found
  throw unknown('/number')
}

async function recordLook(
  { reports }: AcceptCorrectionDeps,
  reporter: Reporter,
  action: string,
  subject: Subject | null,
  details: Record<string, string | number>,
): Promise<void> {
  await reports.record(reporter, {
    kind: 'correction',
    subjects: subject === null ? [] : [{ role: 'subject', subject }],
    details: { action, ...details },
    committed: {},
  })
}

const stepOf = (
  { exchangeId, sender, acting }: Reporter,
  state: CorrectionState,
  result: CorrectionResult | null,
  sealedText: Buffer | null,
  enteredAtMs: number,
): CorrectionStep => ({
  state,
  exchangeId,
  system: sender.system.id,
  member: acting.id,
  result,
  sealedText,
  enteredAtMs,
})

const publicForm = (correction: Correction, state: CorrectionState): object => ({
  number: correction.number,
  state,
  about: correction.aboutExchange,
  dataset: correction.dataset,
  fields: correction.fields,
  provider: correction.provider,
  filedBy: correction.member,
  openedAt: new Date(correction.openedAtMs).toISOString(),
  dueOn: correction.dueOn,
})

function unknown(pointer: string): ExchangeError {
  return new ExchangeError('request.unknown-resource', 'no such exchange, item or correction of this caller', {
    reasons: [
      {
        rule: 'correction',
        pointer,
        zh: '没有这项内容，或与本部门无关',
        en: 'no such thing, or none of this caller’s',
      },
    ],
  })
}

function notYours(answering: boolean): ExchangeError {
  return new ExchangeError('access.denied', 'the step belongs to the other side', {
    reasons: [
      answering
        ? { rule: 'source-body', zh: '只有数源部门可以答复', en: 'the source body alone answers' }
        : { rule: 'filer', zh: '只有提出的系统可以办结', en: 'the system that filed it alone closes it' },
    ],
  })
}

function outOfOrder(state: CorrectionState): ExchangeError {
  return new ExchangeError('request.malformed', `a correction that is \`${state}\``, {
    reasons: [
      {
        rule: 'state',
        pointer: '/action',
        zh: `该纠错目前为 ${state}，须先提出、再答复、后办结`,
        en: `the correction is \`${state}\`; it is opened, answered, then closed`,
      },
    ],
  })
}
