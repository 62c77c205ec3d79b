import { hash } from 'node:crypto'
import type { Answer } from '../../gateway/client/index.ts'
import type { HopReference, SourceAnswer } from '../../gateway/ports/connector.ts'
import { contractBroken, unreachable } from '../failures.ts'
import type { RowReader } from '../values/row-reader.ts'

/**
 * Turns a verified answer of the peer into rows and the way they came: the peer's exchange with the digest of its
 * signed evidence, then whatever steps that evidence itself names.
 *
 * Errors: `provider.unreachable` when the peer's own source gave nothing, `provider.contract` when what it says of the
 *         dataset is not there.
 */
export function readPeerAnswer(
  answer: Answer,
  { hop, asked, dataset, maxRows, nowMs }: PeerQuestion,
  reader: RowReader,
  wanted: readonly string[],
): SourceAnswer {
  // From the evidence, not from the text beside it: what is handed on is what was signed.
  const { sources, data } = answer.verified.claims as {
    sources?: Record<string, unknown>
    data?: Record<string, unknown>
  }
  const source = own(sources, dataset) as { status?: unknown; asOf?: unknown; provenance?: unknown } | undefined
  if (source === undefined) throw contractBroken(`hop ${hop}: the evidence does not mention the dataset`)
  const { status } = source
  if (status === 'unavailable') throw unreachable(`hop ${hop}: its source is unavailable`)
  if (status !== 'ok' && status !== 'not-found' && status !== 'not-covered') {
    throw contractBroken(`hop ${hop}: the source’s status is unknown`)
  }
  const found = status === 'ok' ? own(data, dataset) : []
  const rows: unknown[] = Array.isArray(found) ? found : [found]
  if (rows.length > maxRows) throw contractBroken(`hop ${hop}: more than ${maxRows} rows`)
  if (!rows.every(isRow)) throw contractBroken(`hop ${hop}: the evidence holds no rows`)
  const asOfMs = typeof source.asOf === 'string' ? Date.parse(source.asOf) : Number.NaN
  return {
    records: rows.map((row) => reader.read(row, wanted)),
    asOfMs: Number.isNaN(asOfMs) ? nowMs : asOfMs,
    ...(status === 'not-covered' && { notCovered: true }),
    provenance: [{ ...referenceTo(answer, hop), ...asked }, ...furtherSteps(source.provenance)],
  }
}

export interface PeerQuestion {
  hop: string
  asked: Pick<HopReference, 'system' | 'onBehalfOf'>
  dataset: string
  maxRows: number
  nowMs: number
}

/** Beyond it the hash alone goes on: an answer must not grow with every hop without end. */
const MAX_EVIDENCE_CHARACTERS = 32 * 1024

function referenceTo({ evidence, exchangeId, verified }: Answer, hop: string): HopReference {
  const [issuerJwt = ''] = evidence.split('~')
  return {
    hop,
    exchange: exchangeId,
    evidenceHash: hash('sha256', issuerJwt, 'base64url'),
    kid: verified.header.kid,
    ...(issuerJwt.length <= MAX_EVIDENCE_CHARACTERS && { evidence: issuerJwt }),
  }
}

const MAX_STEPS = 8
/** Of a further step only the reference is taken up: its evidence, if any, lies within the nearer one's. */
const STEP_MEMBERS = ['evidenceHash', 'kid', 'system', 'onBehalfOf'] as const
const isText = (value: unknown): value is string => typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value)

/** Steps the peer's evidence names; anything that is not such a step breaks the contract rather than the answer's schema. */
function furtherSteps(steps: unknown): HopReference[] {
  if (steps === undefined) return []
  if (!Array.isArray(steps) || steps.length > MAX_STEPS) throw contractBroken('the hop names no usable steps')
  return steps.map((step: unknown) => {
    if (!isRow(step) || !isText(step.hop) || !isText(step.exchange))
      throw contractBroken('the hop names no usable steps')
    const known: HopReference = { hop: step.hop, exchange: step.exchange }
    for (const member of STEP_MEMBERS) {
      const value = step[member]
      if (isText(value)) known[member] = value
    }
    return known
  })
}

function own(members: Record<string, unknown> | undefined, name: string): unknown {
  return members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
