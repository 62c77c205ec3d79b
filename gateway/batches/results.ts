import { createHash } from 'node:crypto'
import { ExchangeError } from '../errors/exchange-error.ts'
import { toProblem } from '../errors/problem.ts'
import type { StagingSeal } from './staging-seal.ts'
import type { Batch, BatchStore, ResultRow } from './types.ts'

/** Rows opened at a time: what bounds the memory of a reader, however slow. */
const READ_TOGETHER = 100
const NEWLINE = Buffer.from('\n')

/**
 * The results of a finished batch as NDJSON, in the order of the lines; the same bytes however often they are read.
 *
 * Shape:  per line `line`, `outcome`, `exchangeId`, then data and evidence, or the problem. Once read to the end their
 *         digest is kept, so that it can be acknowledged.
 * Errors: `request.unknown-resource` while lines may still run, and once the results are destroyed.
 */
export async function* readResults(
  batch: Batch,
  { store, staging }: { store: BatchStore; staging: StagingSeal },
): AsyncGenerator<Buffer> {
  const digest = createHash('sha256')
  let after = 0
  for (;;) {
    const rows = batch.upload === null ? [] : await store.results(batch.upload, after, READ_TOGETHER)
    if (rows.length === 0) break
    const bytes = Buffer.concat(rows.flatMap((row) => [textOf(batch, row, staging), NEWLINE]))
    digest.update(bytes)
    after = rows.at(-1)!.line
    yield bytes
  }
  await store.resultsRead(batch.id, digest.digest('base64url'))
}

export function assertReadable({ state, completedAtMs }: Batch): void {
  if (state === 'destroyed') throw destroyed()
  if (completedAtMs === null)
    throw notThere('results-not-ready', '批次尚未办结', 'the batch is not finished yet', { 'retry-after': '5' })
}

export const destroyed = (): ExchangeError =>
  notThere('results-destroyed', '结果已销毁', 'the results have been destroyed', {})

function notThere(rule: string, zh: string, en: string, headers: Record<string, string>): ExchangeError {
  return new ExchangeError('request.unknown-resource', en, {
    publicDetail: { zh, en },
    reasons: [{ rule, zh, en }],
    headers,
  })
}

function textOf(batch: Batch, { line, exchangeId, outcome, sealed }: ResultRow, staging: StagingSeal): Buffer {
  if (sealed !== null) return staging.open(batch, 'result', line, sealed)
  // A worker of an earlier release took the recorded answer down with it; nothing else is passed off as it.
  const lost = new ExchangeError('record.unavailable', 'the answer of a recorded line was lost')
  return Buffer.from(JSON.stringify({ line, outcome, exchangeId, problem: toProblem(lost, 'zh', exchangeId) }))
}
