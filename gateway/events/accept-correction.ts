import { chinaDay, normaliseSubject } from '../requests/subjects.ts'
import { createShapeCheck } from '../requests/validators.ts'
import { ownRelease } from './accept-usage.ts'
import { type CorrectionAction, correctionSchema } from './correction.schema.ts'
import {
  type AcceptCorrectionDeps,
  openText,
  partyTo,
  publicForm,
  recordLook,
  type SealedText,
  stepOf,
  unknown,
  type WrittenCorrection,
} from './correction.ts'
import { correctionStep } from './correction-step.ts'
import type { Correction } from './notices.ts'
import type { Reporter } from './report-record.ts'
import type { ReportOperation } from './run-report.ts'
import { workingDayAfter } from './working-days.ts'

/** 政务数据共享条例 art. 26: the source body answers within ten working days. */
export const ANSWER_WORKING_DAYS = 10
const LISTED = 200
const shape = createShapeCheck<WrittenCorrection>(correctionSchema)

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
    answer: (reporter, written) => correctionStep(deps, reporter, written, 'answered'),
    close: (reporter, written) => correctionStep(deps, reporter, written, 'closed'),
  }
  return { shape, accept: (reporter, written) => actions[written.action](reporter, written) }
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
  const { subject, text } = openText(deps, correction)
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
