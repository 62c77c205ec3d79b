import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch, BatchStore } from './types.ts'
import { batchView } from './view.ts'

const LOOK_EVERY_MS = 500
const COMMENT_EVERY_MS = 15_000
/** No stream outlives the longest token; its reader comes again with the id it saw last. */
const LONGEST_MS = 300_000

export interface ProgressOptions {
  store: Pick<BatchStore, 'find'>
  /** Revision the reader has seen; only later ones are told. */
  after: bigint
  signal: AbortSignal
  now: () => number
}

/**
 * Progress as server-sent events: `progress` while it runs, one `finished` at the end. The event id is the batch's
 * revision, so that a reader that lost its connection goes on where it was, at any gateway.
 *
 * Source: WHATWG HTML §9.2.
 */
export async function* progressOf(
  batch: Batch,
  { store, after, signal, now }: ProgressOptions,
): AsyncGenerator<string> {
  const startedMs = now()
  let saidMs = startedMs
  let seen = after
  let current: Batch | undefined = batch
  yield 'retry: 2000\n\n'
  while (current !== undefined && !signal.aborted) {
    const finished = current.completedAtMs !== null
    if (current.revision > seen) {
      seen = current.revision
      saidMs = now()
      yield `id: ${seen}\nevent: ${finished ? 'finished' : 'progress'}\ndata: ${JSON.stringify(batchView(current))}\n\n`
    }
    if (finished || now() - startedMs >= LONGEST_MS) return
    if (now() - saidMs >= COMMENT_EVERY_MS) {
      saidMs = now()
      yield ': still here\n\n'
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) current = await store.find(batch.id)
  }
}
