import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { withClient } from '../../seeds/services/postgres-client.ts'
import { BATCH_MEMBERS, ndjson, sha256, subjectOf } from '../batches/bulk.ts'
import { strangerId } from '../batches/stranger-id.ts'
import { call, jose, jws, payloadOf, tokenFor } from '../support/wire.ts'
import { BENCH_REQUEST, type BenchCity, startBenchCity } from './city.ts'

const SYSTEM = 'rc-enrolment'

/** One large batch: memory of the gateway at work, lines per second, and what it costs another's single queries. */
export async function benchBatch(lines = Number(process.env.BENCH_BATCH_LINES ?? 100_000)): Promise<void> {
  const city = await startBenchCity()
  const url = `http://127.0.0.1:${city.port}`
  const key = city.installation.systemKeys.get(SYSTEM)!.jwk
  try {
    await queries(city, url, 200) // warm
    const alone = await queries(city, url, 200)
    const before = rssMiB(city.gatewayPid)
    const body = ndjson(
      Array.from({ length: lines }, (_none, at) => ({
        line: at + 1,
        subject: subjectOf({ id: strangerId(at) }),
        case: `BENCH-2026-${at + 1}`,
      })),
    )
    const members = { ...BATCH_MEMBERS, count: lines, subjectsSha256: sha256(body) }
    const created = await call(url, jose('/v1/batches', await jws(key, payloadOf(SYSTEM, 'batches', members as never))))
    const path = `/v1/batches/${String(created.json().id)}`
    const bearer = async () => `Bearer ${String((await tokenFor(url, SYSTEM, key)).json().access_token)}`
    let peak = before
    let watching = true
    const watch = (async () => {
      for (; watching; await sleep(100)) peak = Math.max(peak, rssMiB(city.gatewayPid))
    })()
    const uploadedAt = performance.now()
    const put = await call(url, {
      method: 'PUT',
      path: `${path}/subjects`,
      headers: { authorization: await bearer() },
      body,
      chunked: true,
    })
    if (put.status !== 200) throw new Error(put.text)
    const startedAt = performance.now()
    const beside = await queries(city, url, 200)
    let view: Record<string, unknown> = { completedAt: null }
    while (view.completedAt === null) {
      await sleep(1_000)
      const headers = { authorization: await bearer() }
      for (let at = 0; at < 100 && view.completedAt === null; at++, await sleep(250))
        view = (await call(url, { method: 'GET', path, headers })).json()
    }
    const seconds = (performance.now() - startedAt) / 1000
    const results = await call(url, {
      method: 'GET',
      path: `${path}/results`,
      headers: { authorization: await bearer() },
    })
    watching = false
    await watch
    const [counted] = await withClient(
      city.ownerUrl,
      async (client) =>
        (
          await client.query(
            `select count(*)::int n, count(distinct exchange_id)::int ids from records where mode = 'batch'`,
          )
        ).rows,
    )
    console.log(
      [
        `批次 batch: ${lines} lines, upload ${((startedAt - uploadedAt) / 1000).toFixed(1)} s, run ${seconds.toFixed(1)} s (${(lines / seconds).toFixed(0)}/s)`,
        `  released ${view.released}, refused ${view.refused}, failed ${view.failed}; records ${counted.n}, distinct ${counted.ids}; results ${(results.text.length / 2 ** 20).toFixed(0)} MiB`,
        `  RSS ${before.toFixed(0)} → peak ${peak.toFixed(0)} MiB (+${(peak - before).toFixed(0)})`,
        `  单笔 single queries p50/p99: alone ${alone}, beside ${beside} ms`,
      ].join('\n'),
    )
  } finally {
    await city.stop()
  }
}

async function queries(city: BenchCity, url: string, count: number): Promise<string> {
  const key = city.installation.systemKeys.get(SYSTEM)!.jwk
  const took: number[] = []
  for (let at = 0; at < count; at++) {
    const sent = jose('/v1/query', await jws(key, payloadOf(SYSTEM, 'query', BENCH_REQUEST as never)))
    const startedAt = performance.now()
    const answered = await call(url, sent)
    if (answered.status !== 200) throw new Error(answered.text)
    took.push(performance.now() - startedAt)
  }
  took.sort((a, b) => a - b)
  return [0.5, 0.99].map((part) => took[Math.floor(took.length * part)]!.toFixed(1)).join('/')
}

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
