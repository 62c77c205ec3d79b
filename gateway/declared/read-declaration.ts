import { type DeclaredValuesConfig, KIND } from '../../connectors/declared-values/config.ts'
import { answerValidator } from '../catalog/answer-schema.ts'
import type { Catalog, DatasetEntry } from '../catalog/types.ts'
import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import { momentOf } from '../events/read-event.ts'
import type { Reporter } from '../events/report-record.ts'
import type { ExchangeRequest, Identified } from '../exchange.ts'
import { isCalendarDate } from '../identifiers/calendar-date.ts'
import { containsPersonalIdentifier } from '../identifiers/index.ts'
import { assertNoIdentifierInFreeText } from '../requests/free-text.ts'
import { chinaDay } from '../requests/subjects.ts'
import { understand } from '../stages/identify.ts'
import type { WrittenDeclaration } from './types.ts'

const DAY_MS = 86_400_000

/**
 * A declaration as the exchange its grant decides: the fields it writes are the fields it asks for.
 *
 * Errors: `request.malformed` (identifier in text, moments, values), `subject.*`, `field.unknown`; `access.denied` for
 *         what is not in the catalogue or is no dataset of declared values. No error says a value.
 */
export function readDeclaration(reporter: Reporter, written: WrittenDeclaration, nowMs: number): Identified {
  const { dataset, values, verification, declarationId, ...rest } = written
  const request: ExchangeRequest = { ...membersOf(rest), fields: Object.keys(values).map((id) => `${dataset}.${id}`) }
  assertNoIdentifierInFreeText(request)
  if (containsPersonalIdentifier(declarationId)) throw unfit([{ ...IDENTIFIER, pointer: '/declarationId' }])
  const { requestId } = reporter
  if (requestId === null) throw new ExchangeError('internal', 'a declaration without a request id')
  const identified = understand(reporter, 'declare', request, requestId, nowMs)
  const entry = reporter.catalog.datasets.get(dataset)
  if (entry?.connector.kind !== KIND || identified.fields.some(({ derived }) => derived)) throw notDeclarable()
  assertValues(values, entry, reporter.catalog)
  assertVerification(verification, entry, nowMs)
  return identified
}

/** Members an exchange has; the envelope's were checked with the signature. */
const membersOf = ({
  jti,
  onBehalfOf,
  scenario,
  item,
  case: caseNo,
  application,
  purpose,
  operator,
  subject,
}: Omit<WrittenDeclaration, 'dataset' | 'values' | 'verification' | 'declarationId'>): ExchangeRequest => ({
  jti,
  scenario,
  item,
  purpose,
  operator,
  subject,
  ...(onBehalfOf !== undefined && { onBehalfOf }),
  ...(caseNo !== undefined && { case: caseNo }),
  ...(application !== undefined && { application }),
})

/** The same rules as for an answer of the dataset, so that nothing is taken in that could not be given out. */
function assertValues(values: WrittenDeclaration['values'], entry: DatasetEntry, { codeLists }: Catalog): void {
  const wrong = Object.entries(values).filter(([id, value]) => {
    if (!answerValidator(entry, [id], codeLists)({ [id]: value })) return true
    if (typeof value !== 'string') return false
    const type = entry.fields.find((field) => field.id === id)?.type
    if (type === 'date') return !isCalendarDate(value)
    return (type === 'month' && !isCalendarDate(`${value}01`)) || value.trim() === '' || /[\p{Cc}\p{Cs}]/u.test(value)
  })
  if (wrong.length === 0) return
  throw unfit(
    wrong.map(([id]) => ({
      rule: 'value',
      pointer: `/values/${id}`,
      zh: '值不符合该信息项的类型、长度或代码表',
      en: 'the value does not fit the field’s type, length or code list',
    })),
  )
}

function assertVerification(
  { at, validUntil }: WrittenDeclaration['verification'],
  { connector }: DatasetEntry,
  nowMs: number,
): void {
  momentOf(at, nowMs, '/verification/at')
  // Held to the kind's schema when the catalogue was loaded.
  const maxValidDays = connector.config.maxValidDays as DeclaredValuesConfig['maxValidDays']
  const latest = chinaDay(nowMs + maxValidDays * DAY_MS)
  if (isCalendarDate(validUntil) && validUntil >= chinaDay(nowMs) && validUntil <= latest) return
  throw unfit([
    {
      rule: 'valid-until',
      pointer: '/verification/validUntil',
      zh: `有效期须自今日起，至多 ${maxValidDays} 日`,
      en: `the validity ends between today and ${maxValidDays} days from now`,
    },
  ])
}

const IDENTIFIER = {
  rule: 'identifier-in-text',
  zh: '编号中含有个人身份标识',
  en: 'the id holds a personal identifier',
}

const unfit = (reasons: Reason[]): ExchangeError =>
  new ExchangeError('request.malformed', 'a declaration does not fit', { reasons })

const notDeclarable = (): ExchangeError =>
  new ExchangeError('access.denied', 'the dataset does not take declarations', {
    reasons: [
      {
        rule: 'not-declarable',
        pointer: '/dataset',
        zh: '该数据资源由数源部门维护，不接受申报留存；有误请提出校核纠错',
        en: 'the dataset has a source of its own and takes no declarations; dispute it by a correction',
      },
    ],
  })
