import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { generateJwk, importSigningJwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { signCompactJws } from '../../gateway/jose/compact-jws.ts'
import { type BenchCity, startBenchCity } from './city.ts'
import { load, type LoadResult, median, post } from './load.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CONNECTIONS = [8, 32, 128]
const ROUNDS = 3
const SECONDS = 4

/**
 * The signed query answered from cache, recorded, against a bare server that verifies one JWS and signs one. Both run in
 * a process of their own, take turns in one run, and meet the same generator.
 */
export async function benchExchange(): Promise<void> {
  const city = await startBenchCity()
  const baseline = await startBaseline()
  try {
    await warmUp(city)
    console.log('\n带签名的缓存命中查询（已留痕） ÷ 裸 Hono（验一签、签一签） / signed cached query ÷ bare Hono')
    console.log('连接数 conns | gateway req/s (p50, p99 ms) | bare req/s (p50, p99 ms) | 比值 ratio')
    for (const connections of CONNECTIONS) {
      const rounds: { gateway: LoadResult; bare: LoadResult }[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const bare = await measure(baseline.port, connections, baseline.sign)
        const gateway = await measure(city.port, connections, city.sign)
        rounds.push({ gateway, bare })
      }
      const ratio = median(rounds.map(({ gateway, bare }) => gateway.perSecond / bare.perSecond))
      const row = (side: 'gateway' | 'bare'): string => {
        const results = rounds.map((round) => round[side])
        const failed = results.reduce((sum, each) => sum + each.failed, 0)
        return `${median(results.map((each) => each.perSecond)).toFixed(0)} (${median(results.map((each) => each.p50)).toFixed(2)}, ${median(results.map((each) => each.p99)).toFixed(2)})${failed > 0 ? ` FAILED ${failed}` : ''}`
      }
      console.log(`${String(connections).padStart(4)} | ${row('gateway')} | ${row('bare')} | ${ratio.toFixed(2)}`)
    }
    await printStages(city)
  } finally {
    baseline.process.disconnect()
    await city.stop()
  }
}

/** Requests are signed before the clock starts: the generator shares the cores with what it measures. */
async function measure(port: number, connections: number, sign: (count: number) => Promise<Buffer[]>): Promise<LoadResult> {
  const ready = await sign(SECONDS * 9_000)
  return await load({ host: '127.0.0.1', port, connections, seconds: SECONDS, next: () => ready.pop() })
}

async function warmUp(city: BenchCity): Promise<void> {
  const ready = await city.sign(4_000)
  await load({ host: '127.0.0.1', port: city.port, connections: 16, seconds: 3, next: () => ready.pop() })
}

async function startBaseline(): Promise<{ process: ChildProcess; port: number; sign: (count: number) => Promise<Buffer[]> }> {
  const crypto = createSoftwareCrypto()
  const key = importSigningJwk({ ...generateJwk('ES256', 'client') })
  const child = fork(join(ROOT, 'test/bench/baseline-server.ts'), [JSON.stringify(toPublicJwk(key))], { execArgv: ['--import', 'tsx'] })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    process: child,
    port,
    sign: (count) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const payload = { jti: crypto.random(16).toString('base64url'), iat: Math.floor(Date.now() / 1000) }
          return post('/v1/query', 'application/jose', await signCompactJws(crypto, key, {}, JSON.stringify(payload)))
        }),
      ),
  }
}

/** Mean time per stage over the whole run, from the gateway's own histogram. */
async function printStages(city: BenchCity): Promise<void> {
  const text = await (await fetch(`${city.managementUrl}/metrics`)).text()
  const sum = new Map<string, number>()
  const count = new Map<string, number>()
  for (const line of text.split('\n')) {
    const found = /^guanyi_stage_seconds_(sum|count)\{.*guanyi_stage="(\w+)".*\} ([\d.e+-]+)/.exec(line)
    if (found !== null) (found[1] === 'sum' ? sum : count).set(found[2]!, Number(found[3]))
  }
  console.log('\n各阶段平均耗时（含等待） / mean time per stage, waiting included:')
  for (const [stage, total] of sum) console.log(`  ${stage.padEnd(13)} ${((total / (count.get(stage) ?? 1)) * 1e6).toFixed(0).padStart(7)} µs`)
}

