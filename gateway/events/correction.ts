import type { DeclarationStore } from '../declared/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Subject } from '../exchange.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { ResultCache } from '../ports/result-cache.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import type { CorrectionAction } from './correction.schema.ts'
import type { Correction, CorrectionResult, CorrectionState, CorrectionStep, NoticeStore } from './notices.ts'
import type { Reporter } from './report-record.ts'
import type { Enveloped, Reports } from './run-report.ts'
import type { SealedValues } from './sealed-values.ts'

export interface WrittenCorrection extends Enveloped {
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
  /** Where what applicants declared is kept: what is found wrong is struck there. */
  declarations?: Pick<DeclarationStore, 'strike'> | undefined
  now: () => number
}

export interface SealedText {
  subject: Subject
  text: string
}

/** Errors: `request.unknown-resource` for whoever neither filed it nor is its source body. */
export async function partyTo(
  deps: AcceptCorrectionDeps,
  { sender, acting }: Reporter,
  number: string,
): Promise<{ correction: Correction; steps: CorrectionStep[] }> {
  const found = await deps.notices.correction(number)
  if (found !== undefined && (found.correction.system === sender.system.id || found.correction.provider === acting.id))
    return found
  throw unknown('/number')
}

export async function recordLook(
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

export const openText = ({ sealed }: AcceptCorrectionDeps, { number, sealedText }: Correction): SealedText =>
  JSON.parse(sealed.open('correction', number, sealedText)) as SealedText

export const stepOf = (
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

export const publicForm = (correction: Correction, state: CorrectionState): object => ({
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

export function unknown(pointer: string): ExchangeError {
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

export function notYours(answering: boolean): ExchangeError {
  return new ExchangeError('access.denied', 'the step belongs to the other side', {
    reasons: [
      answering
        ? { rule: 'source-body', zh: '只有数源部门可以答复', en: 'the source body alone answers' }
        : { rule: 'filer', zh: '只有提出的系统可以办结', en: 'the system that filed it alone closes it' },
    ],
  })
}

export function outOfOrder(state: CorrectionState): ExchangeError {
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
