import { ExchangeError } from '../../../errors/exchange-error.ts'
import type { AppendResult, RecordDraft } from '../../../ports/exchange-log.ts'
import { arrayLiteral, byteaArray, int8Array, textArray } from './binary-array.ts'

export interface AppendCall {
  /** Of the prepared statement. */
  name: string
  text: string
  values: (boolean | Buffer)[]
}

const placeholders = (length: number): string => Array.from({ length }, (_, position) => `$${position + 1}`).join(', ')

/** One statement for a group of drafts: what belongs to them becomes durable with their records, or not at all. */
export function appendCall(drafts: readonly RecordDraft[], allOrNone: boolean): AppendCall {
  const { name, values } = functionCall(drafts, allOrNone)
  const call = `${name}(${placeholders(values.length)})`
  if (drafts.every(({ checks = [] }) => checks.length === 0)) return { name, text: `select * from ${call}`, values }
  return {
    name: `${name}_counting`,
    text: countingText(call, values.length),
    values: [
      ...values,
      textArray(drafts.map(checksText)),
      int8Array(drafts.map(({ recordedAtMs }) => BigInt(recordedAtMs))),
    ],
  }
}

/** What was checked of the answers is counted by the verdicts on their records (071-quality-months). */
const countingText = (call: string, before: number): string => `
  with appended as materialized (
    select * from ${call} with ordinality as a (verdict, log_index, first_exchange_id, first_outcome, current_version, ord)
  ), counted as materialized (
    select count_checks($${before + 1}, $${before + 2}, array_agg(verdict order by ord)) from appended
  )
  select a.verdict, a.log_index, a.first_exchange_id, a.first_outcome, a.current_version
    from appended a cross join counted order by a.ord`

/** Lines of batches among the drafts are finished by it (085-batch-lines). */
function functionCall(drafts: readonly RecordDraft[], allOrNone: boolean): Pick<AppendCall, 'name' | 'values'> {
  const values = appendParameters(drafts, allOrNone)
  if (drafts.every(({ line }) => line === undefined)) return { name: 'append_records_noting', values }
  const lines = [
    textArray(drafts.map(({ line }) => line?.batch ?? null)),
    textArray(drafts.map(({ line }) => line?.upload ?? null)),
    int8Array(drafts.map(({ line }) => (line === undefined ? null : BigInt(line.line)))),
    byteaArray(drafts.map(({ line }) => line?.sealedResult ?? null)),
  ]
  return { name: 'append_batch_lines', values: [...lines, ...values] }
}

const checksText = ({ checks = [] }: RecordDraft): string | null =>
  checks.length === 0
    ? null
    : JSON.stringify(
        checks.map((each) => [
          each.provider,
          each.dataset,
          each.answers,
          each.broken,
          each.rows,
          each.rowsFailed,
          each.values,
          each.valuesFailed,
        ]),
      )

/** A row of `append_records`: verdict, index, first exchange, its outcome, version now. */
export type Verdict = [
  verdict: string,
  index: string | null,
  first: string | null,
  outcome: string | null,
  version: string,
]

/** The parameters of `append_records_noting` (022-findings): one array of its own, then those of `append_records` (004-append). */
function appendParameters(drafts: readonly RecordDraft[], allOrNone: boolean): (boolean | Buffer)[] {
  const text = (pick: (draft: RecordDraft) => string | null) => textArray(drafts.map((draft) => clean(pick(draft))))
  const list = (pick: (draft: RecordDraft) => readonly string[]) => text((draft) => arrayLiteral(pick(draft)))
  const bytes = (pick: (draft: RecordDraft) => Buffer | null) => byteaArray(drafts.map(pick))
  const int = (pick: (draft: RecordDraft) => bigint | null) => int8Array(drafts.map(pick))
  return [
    text((draft) => draft.side.neighbourhoodDigest ?? null),
    allOrNone,
    text((draft) => draft.exchangeId),
    bytes((draft) => draft.entry),
    int((draft) => BigInt(draft.recordedAtMs)),
    text((draft) => draft.requestId?.iss ?? null),
    text((draft) => draft.requestId?.jti ?? null),
    int((draft) => (draft.requestId === null ? null : BigInt(draft.requestId.expiresAtMs))),
    int((draft) => draft.authorisationVersion),
    text((draft) => draft.columns.mode),
    text((draft) => draft.columns.outcome),
    text((draft) => draft.columns.code),
    text((draft) => draft.columns.member),
    text((draft) => draft.columns.system),
    text((draft) => draft.columns.onBehalfOf),
    text((draft) => draft.columns.scenario),
    text((draft) => draft.columns.item),
    text((draft) => draft.columns.caseNo),
    text((draft) => draft.columns.application),
    text((draft) => draft.columns.purpose),
    list((draft) => draft.columns.datasets),
    list((draft) => draft.columns.fields),
    text((draft) => draft.columns.catalogVersion),
    text((draft) => draft.columns.policyVersion),
    list((draft) => draft.columns.grants),
    bytes((draft) => draft.side.salt),
    text((draft) => draft.side.subjectDigest),
    list((draft) => draft.side.partyDigests),
    text((draft) => draft.side.operatorDigest),
    bytes((draft) => draft.side.sealedOperator),
    bytes((draft) => draft.side.sealedRequest),
    text((draft) => draft.side.issuerJwt),
  ]
}

/** PostgreSQL's text cannot hold U+0000. The columns are for searching, so it is replaced; the entry keeps the truth. */
function clean(value: string | null): string | null {
  return value?.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}

/**
 * Refuses, before it joins a group, what the table would refuse: one bad draft must not cost its neighbours a round trip.
 *
 * Errors: `internal`: such a draft is a fault of the gateway, and trying again does not help.
 */
export function assertWritable(draft: RecordDraft): void {
  const { exchangeId, entry, recordedAtMs, requestId } = draft
  const ids = requestId === null ? [exchangeId] : [exchangeId, requestId.iss, requestId.jti]
  // 512 characters keep an id well inside an index page; the replacement of U+0000 would make two ids one.
  const fault = ids.some((id) => id.length === 0 || id.length > 512 || id.includes('\0'))
    ? 'an id is empty, too long or not text'
    : entry.length < 1 || entry.length > 65_535
      ? `an entry of ${entry.length} bytes`
      : !Number.isSafeInteger(recordedAtMs) || (requestId !== null && !Number.isSafeInteger(requestId.expiresAtMs))
        ? 'a moment that is not whole milliseconds'
        : undefined
  if (fault) throw new ExchangeError('internal', `record cannot be written: ${fault}`)
}

/** Turns one verdict into the port's words; `withheld` cannot stand alone and is settled by `togetherResults`. */
function toResult([verdict, index, first, outcome, version]: Verdict): AppendResult {
  switch (verdict) {
    case 'recorded':
    case 'duplicate':
      return { status: 'recorded', index: BigInt(index as string), duplicate: verdict === 'duplicate' }
    case 'replayed':
      return { status: 'replayed', firstExchangeId: first as string, firstOutcome: outcome as string }
    case 'stale':
      return { status: 'stale', authorisationVersion: BigInt(version) }
    default:
      throw new ExchangeError('internal', `unknown verdict \`${verdict}\``)
  }
}

export function independentResults(verdicts: readonly Verdict[]): AppendResult[] {
  return verdicts.map(toResult)
}

/** All or none: when nothing was written, every draft gets the reason of the first that could not be. */
export function togetherResults(verdicts: readonly Verdict[]): AppendResult[] {
  const obstacle =
    verdicts.find(([verdict]) => verdict === 'stale') ?? verdicts.find(([verdict]) => verdict === 'replayed')
  return obstacle === undefined ? verdicts.map(toResult) : verdicts.map(() => toResult(obstacle))
}
