import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Jwk } from '../../gateway/adapters/crypto/jwk.ts'
import { call, jose, jws, payloadOf } from '../support/wire.ts'

/** What the process that asks is told; it says `begun` when its queries are signed, then answers with a latency for each. */
export interface Asking {
  url: string
  system: string
  key: Jwk
  request: Record<string, unknown>
  perSecond: number
  seconds: number
}

/** Milliseconds from the moment each query was due until its answer was whole, however late the ones before it were. */
export interface Asked {
  latencies: number[]
  failed: number
}

/** Queries at a steady pace, signed beforehand: a process of its own, so that it measures nobody's work but the gateway's. */
async function ask({ url, system, key, request, perSecond, seconds }: Asking): Promise<Asked> {
  const agent = new Agent({ keepAlive: true })
  const calls = await Promise.all(
    Array.from({ length: perSecond * seconds }, async () =>
      jose('/v1/query', await jws(key, payloadOf(system, 'query', request as never))),
    ),
  )
  process.send?.('begun')
  const startedAt = performance.now()
  let failed = 0
  const latencies = await Promise.all(
    calls.map(async (each, at) => {
      const dueAt = startedAt + (at * 1000) / perSecond
      await sleep(dueAt - performance.now())
      const answered = await call(url, { ...each, agent }).catch(() => undefined)
      if (answered?.status !== 200) failed += 1
      return performance.now() - dueAt
    }),
  )
  agent.destroy()
  return { latencies, failed }
}

process.on('message', (asking: Asking) => void ask(asking).then((asked) => process.send?.(asked)))
