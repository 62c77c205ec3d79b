import { KIND as DECLARED_VALUES } from '../../connectors/declared-values/config.ts'
import type { Subject } from '../exchange.ts'
import { chinaDay } from '../requests/subjects.ts'
import { raise } from './accept-change.ts'
import {
  type AcceptCorrectionDeps,
  notYours,
  openText,
  outOfOrder,
  partyTo,
  publicForm,
  stepOf,
  type WrittenCorrection,
} from './correction.ts'
import type { Correction } from './notices.ts'
import type { Reporter } from './report-record.ts'

/** The source body answers an open correction, or its filer closes an answered one. Errors: `access.denied`, `state`. */
export async function correctionStep(
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
  const { subject } = openText(deps, correction)
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
  // Struck before the step is entered: broken off in between, the answer can be given again; the other way round it could not.
  if (result === 'corrected') await strike(deps, reporter, correction, nowMs)
  const added = await deps.notices.addStep(
    correction.number,
    stepOf(reporter, state, result ?? null, sealedText, nowMs),
  )
  if (!added) throw outOfOrder(state)
  if (result === 'corrected') await forget(deps, reporter, correction, subject)
  return { exchangeId: reporter.exchangeId, ...publicForm(correction, state), ...(answering && { late }) }
}

/** A declared value found wrong is used no more; the right one is declared anew. Other sources correct their own. */
async function strike(
  { declarations }: AcceptCorrectionDeps,
  { exchangeId, catalog }: Reporter,
  { number, dataset, subjectDigest, fields }: Correction,
  struckAtMs: number,
): Promise<void> {
  if (catalog.datasets.get(dataset)?.connector.kind !== DECLARED_VALUES) return
  const ids = fields.map((name) => name.slice(name.lastIndexOf('.') + 1))
  await declarations?.strike({ dataset, subjectDigest, fields: ids, correction: number, exchangeId, struckAtMs })
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
