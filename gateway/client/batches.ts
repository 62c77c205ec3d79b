import { createHash } from 'node:crypto'
import type { BatchRequest } from '../batches/members.ts'
import { readJson } from './wire.ts'

/** What the gateway says of a batch; counts are of lines. */
export interface BatchView {
  id: string
  state: string
  count: number
  done: number
  released: number
  refused: number
  failed: number
  completedAt: string | null
}

/** The members of a batch; the client adds `jti` and the envelope, `count` and digest follow from the subjects. */
export type BatchAsk = Omit<BatchRequest, 'jti' | 'count' | 'subjectsSha256'>

export interface BatchCalls {
  /** Creates the batch under one signed request and uploads its subjects (NDJSON, a line each). */
  start(ask: BatchAsk, subjects: string): Promise<BatchView>
  view(id: string): Promise<BatchView>
  cancel(id: string): Promise<BatchView>
  /** The result lines as they came, NDJSON. */
  results(id: string): Promise<string>
  /** Says that these very results have been received; the gateway then destroys its copy. */
  acknowledge(id: string, results: string): Promise<BatchView>
}

/** How the client speaks: a signed POST, and calls with a token. */
export interface BatchTransport {
  sign(op: string, members: object): Promise<{ body: string }>
  send(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response>
  bearer(): Promise<string>
}

/** Of up to 100,000 lines, at a pace that leaves room for single exchanges; what the gateway allows. */
const TRANSFER_MS = 30 * 60_000
const TRANSFERS = /\/(subjects|results)$/

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

export function createBatchCalls({ sign, send, bearer }: BatchTransport): BatchCalls {
  async function call(method: string, path: string, type?: string, body?: string): Promise<Response> {
    const headers = { authorization: await bearer(), ...(type !== undefined && { 'content-type': type }) }
    const whole = TRANSFERS.test(path) && { signal: AbortSignal.timeout(TRANSFER_MS) }
    return await send(`/v1/batches/${path}`, { method, headers, ...whole, ...(body !== undefined && { body }) })
  }
  const viewOf = async (response: Response): Promise<BatchView> => (await readJson<BatchView>(response))!

  return {
    async start(ask, subjects) {
      const count = subjects.split('\n').filter((line) => line !== '').length
      const { body } = await sign('batches', { ...ask, count, subjectsSha256: digest(subjects) })
      const headers = { 'content-type': 'application/jose' }
      const { id } = await viewOf(await send('/v1/batches', { method: 'POST', body, headers }))
      return await viewOf(await call('PUT', `${id}/subjects`, 'application/x-ndjson', subjects))
    },
    view: async (id) => await viewOf(await call('GET', id)),
    cancel: async (id) => await viewOf(await call('DELETE', id)),
    results: async (id) => await (await call('GET', `${id}/results`)).text(),
    acknowledge: async (id, results) =>
      await viewOf(
        await call('POST', `${id}/results/ack`, 'application/json', JSON.stringify({ sha256: digest(results) })),
      ),
  }
}

export interface BatchRun {
  onProgress: (view: BatchView) => void
  /** Fired: the batch is cancelled, lines under way are finished, and the view says so. */
  signal?: AbortSignal | undefined
  pollMs?: number
}

/** Follows a batch to its end, also to the end of its cancellation. */
export async function followBatch(
  batches: Pick<BatchCalls, 'view' | 'cancel'>,
  id: string,
  { onProgress, signal, pollMs = 250 }: BatchRun,
): Promise<BatchView> {
  let cancelled = false
  for (;;) {
    if (signal?.aborted && !cancelled) {
      cancelled = true
      await batches.cancel(id)
    }
    const view = await batches.view(id)
    onProgress(view)
    if (view.completedAt !== null) return view
    await pause(pollMs, cancelled ? undefined : signal)
  }
}

/** Waits, but not once told to stop. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
