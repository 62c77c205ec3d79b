import { answerValidator } from '../catalog/answer-schema.ts'
import type { MaskRule, Scalar } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import {
  type DatasetAnswer,
  type Fetched,
  isSilent,
  type ReleasedData,
  type ReleasedRow,
  type RequestedField,
  type Shaped,
  type SourceEntry,
  type Subject,
} from '../exchange.ts'
import { mask } from '../masking/mask.ts'
import type { HopReference } from '../ports/connector.ts'
import { chinaDay } from '../requests/subjects.ts'
import { checkAnswer, checksOf } from '../shaping/check-answer.ts'
import type { CompareClaims } from '../shaping/compare-claims.ts'
import { derive } from '../shaping/derive.ts'
import { holderOf } from './inputs.ts'

export interface ShapeDeps {
  now: () => number
  compare: CompareClaims
  /** A source broke its contract: counted per dataset, for the quality report. */
  onContractBroken: (dataset: string) => void
  /** Open corrections, from memory: an answer under dispute says so and is not held back (R45). */
  disputed?: (dataset: string, subject: Subject) => string | undefined
}

/**
 * Validates what the sources said, keeps the granted fields only, derives and masks.
 *
 * Errors: `provider.contract` when no source's answer was usable and a broken contract was among the reasons.
 *
 * INVARIANT: the released fields are a subset of the granted fields: rows are built from the list of requested fields,
 * which the decision covers whole, and never by copying what a source sent.
 */
export const createShape = (deps: ShapeDeps) =>
  async function shape(exchange: Fetched): Promise<Shaped> {
    const answers = exchange.answers.map((answer) => validated(answer, exchange, deps))
    const broken = answers.find(({ failure }) => failure === 'provider.contract')
    if (broken !== undefined && answers.every(isSilent)) {
      throw new ExchangeError('provider.contract', `answer of ${broken.dataset.id} breaks its schema`, {
        checks: checksOf(answers),
      })
    }

    const data: ReleasedData = {}
    const sources: Record<string, SourceEntry> = {}
    for (const answer of answers) {
      const fields = fieldsOf(exchange.fields, answer.key)
      if (answer.status === 'ok') data[answer.key] = release(answer, fields, exchange.masks, deps.now())
      const holder = holderOf(exchange.request, answer.role)
      const disputed = holder === undefined ? undefined : deps.disputed?.(answer.dataset.id, holder)
      sources[answer.key] = {
        ...sourceEntry(answer, fields, exchange),
        ...(disputed !== undefined && { disputed }),
      }
    }
    const complete = answers.every(({ status }) => status === 'ok' || status === 'not-found')
    const shaped: Shaped = { ...exchange, answers, data, sources, complete, results: null }
    return exchange.received.op === 'verify' ? await deps.compare(shaped) : shaped
  }

const keyOf = ({ role, dataset }: RequestedField): string => (role === null ? dataset.id : `${role}:${dataset.id}`)
const fieldsOf = (fields: RequestedField[], key: string): RequestedField[] =>
  fields.filter((field) => keyOf(field) === key)

/** An answer that breaks the dataset's schema is as good as none, and is never cached. */
function validated(answer: DatasetAnswer, { fields, catalog }: Fetched, deps: ShapeDeps): DatasetAnswer {
  if (answer.status !== 'ok') {
    if (answer.status === 'not-found') void answer.store?.()
    return answer
  }
  const wanted = sourceFields(fieldsOf(fields, answer.key))
  if (answer.cache === 'hit') {
    // It was checked value by value when it was fetched.
    const validate = answerValidator(answer.dataset, wanted, catalog.codeLists)
    if (answer.records.every((record) => validate(record))) return answer
    return brokenAnswer(answer, deps)
  }
  const { fits, checks } = checkAnswer(answer, wanted, catalog.codeLists, chinaDay(deps.now()))
  if (!fits) return { ...brokenAnswer(answer, deps), checks }
  // Not awaited: the exchange does not wait for its own cache entry.
  void answer.store?.()
  return { ...answer, checks }
}

function brokenAnswer(answer: DatasetAnswer, deps: ShapeDeps): DatasetAnswer {
  deps.onContractBroken(answer.dataset.id)
  return { ...answer, status: 'unavailable', records: [], failure: 'provider.contract' }
}

/** The dataset's own fields an answer must hold: those asked for and those that derived ones are computed from. */
export function sourceFields(fields: readonly RequestedField[]): string[] {
  const wanted = new Set<string>()
  for (const { dataset, field, derived } of fields) {
    if (!derived) wanted.add(field)
    else for (const source of dataset.derived.find(({ id }) => id === field)?.from ?? []) wanted.add(source)
  }
  return [...wanted].sort()
}

function release(
  answer: DatasetAnswer,
  fields: RequestedField[],
  masks: Record<string, MaskRule>,
  nowMs: number,
): ReleasedRow | ReleasedRow[] {
  const derivedValues: ReleasedRow = {}
  for (const { name, field, derived } of fields) {
    if (derived) derivedValues[field] = masked(derive(answer.dataset, field, answer.records, nowMs), masks[name])
  }
  const direct = fields.filter(({ derived }) => !derived)
  const row = (record: Record<string, unknown>): ReleasedRow => {
    const released: ReleasedRow = {}
    for (const { name, field } of direct) {
      const value = record[field]
      if (value !== undefined) released[field] = masked(value as Scalar, masks[name])
    }
    return { ...released, ...derivedValues }
  }
  if (answer.dataset.cardinality === 'one') return row(answer.records[0]!)
  // Derived values alone give one row: what they were computed from stays behind.
  return direct.length === 0 ? [derivedValues] : answer.records.map(row)
}

const masked = (value: Scalar, rule: MaskRule | undefined): Scalar =>
  rule === undefined || value === null ? value : mask(rule, value)

/** Of the declarations behind the answer those of the fields asked for: derived ones rest on what they are computed from. */
function declaredOf({ declared }: DatasetAnswer, fields: RequestedField[]): Pick<SourceEntry, 'declared'> {
  if (declared === undefined) return {}
  const wanted = sourceFields(fields)
  const kept = declared
    .map((origin) => ({ ...origin, fields: origin.fields.filter((field) => wanted.includes(field)) }))
    .filter((origin) => origin.fields.length > 0)
  return kept.length === 0 ? {} : { declared: kept }
}

function sourceEntry(
  answer: DatasetAnswer,
  fields: RequestedField[],
  { masks, received }: Pick<Fetched, 'masks' | 'received'>,
): SourceEntry {
  const provenance = provenanceOf(answer, ROWS_RELEASED.has(received.op) && !fields.some(({ derived }) => derived))
  return {
    provider: answer.dataset.provider,
    status: answer.status,
    asOf: answer.asOfMs === null ? null : new Date(answer.asOfMs).toISOString(),
    fetchedAt: answer.fetchedAtMs === null ? null : new Date(answer.fetchedAtMs).toISOString(),
    cache: answer.cache,
    masked:
      answer.status === 'ok' ? fields.filter(({ name }) => masks[name] !== undefined).map(({ name }) => name) : [],
    ...(provenance.length > 0 && { provenance }),
    ...declaredOf(answer, fields),
    ...(answer.task !== undefined && { task: answer.task }),
  }
}

/** Operations that release every row as the source gave it; the others compare, choose or fill in. */
const ROWS_RELEASED: ReadonlySet<string> = new Set(['query', 'batch'])

/**
 * The signed evidence of a hop holds no value, but one digest per field of each row it gave us. Where rows themselves
 * are released that says nothing new; where only something derived or compared is, it would tell how many rows lie
 * behind it, so the reference goes on without it.
 */
const provenanceOf = ({ provenance = [] }: DatasetAnswer, rowsReleased: boolean): HopReference[] =>
  rowsReleased ? provenance : provenance.map(({ evidence: _evidence, ...reference }) => reference)
