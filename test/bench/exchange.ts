import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { generateJwk, importSigningJwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { signCompactJws } from '../../gateway/jose/compact-jws.ts'
import { type BenchCity, startBenchCity } from './city.ts'
import { cpuTime } from './cpu-time.ts'
import { type LoadResult, load, median, post } from './load.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CONNECTIONS = [8, 32, 128]
const ROUNDS = 3
const SECONDS = 4
/** More than the bare server answers in a second on two cores. */
const REQUESTS_PER_SECOND = 14_000

/**
 * The signed query answered from cache, recorded, against a bare server that verifies one JWS and signs one. Both run in
 * a process of their own, take turns in one run, and meet the same generator.
 */
export async function benchExchange(): Promise<void> {
  const city = await startBenchCity()
  const baseline = await startBaseline()
  const sides = { gateway: { ...city, pid: city.gatewayPid }, bare: { ...baseline, pid: baseline.process.pid! } }
  try {
    await measure(sides.gateway, 16)
    await measure(sides.bare, 16)
    console.log('\n带签名的缓存命中查询（已留痕） ÷ 裸 Hono（验一签、签一签） / signed cached query ÷ bare Hono')
    console.log('每格 / per cell: req/s (p50 ms, p99 ms; 每请求 CPU µs / CPU µs per request: main thread, all threads)')
    for (const connections of CONNECTIONS) {
      const rounds: Record<keyof typeof sides, Round>[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const bare = await measure(sides.bare, connections)
        rounds.push({ bare, gateway: await measure(sides.gateway, connections) })
      }
      const ratio = median(rounds.map(({ gateway, bare }) => gateway.perSecond / bare.perSecond))
      const column = (side: keyof typeof sides): string => describe(rounds.map((round) => round[side]))
      console.log(
        `${String(connections).padStart(4)} 连接 | 网关 ${column('gateway')} | 裸 bare ${column('bare')} | 比值 ratio ${ratio.toFixed(2)}`,
      )
    }
    await printStages(city)
  } finally {
    baseline.process.disconnect()
    await city.stop()
  }
}

interface Side {
  port: number
  pid: number
  sign: (count: number) => Promise<Buffer[]>
}
type Round = LoadResult & { mainMicros: number; allMicros: number }

/** Requests are signed before the clock starts: the generator shares the cores with what it measures. */
async function measure({ port, pid, sign }: Side, connections: number): Promise<Round> {
  const ready = await sign(SECONDS * REQUESTS_PER_SECOND)
  const before = cpuTime(pid)
  const result = await load({ host: '127.0.0.1', port, connections, seconds: SECONDS, next: () => ready.pop() })
  const after = cpuTime(pid)
  const micros = (seconds: number): number => (seconds * 1e6) / result.requests
  return { ...result, mainMicros: micros(after.main - before.main), allMicros: micros(after.all - before.all) }
}

function describe(rounds: readonly Round[]): string {
  const of = (pick: (round: Round) => number, digits: number): string => median(rounds.map(pick)).toFixed(digits)
  const failed = rounds.reduce((sum, round) => sum + round.failed, 0)
  const rate = of((round) => round.perSecond, 0)
  const times = `${of((round) => round.p50, 2)}, ${of((round) => round.p99, 2)}`
  const cpu = `${of((round) => round.mainMicros, 0)}, ${of((round) => round.allMicros, 0)}`
  return `${rate} (${times}; ${cpu})${failed > 0 ? ` 失败 FAILED ${failed}` : ''}`
}

async function startBaseline(): Promise<{
  process: ChildProcess
  port: number
  sign: (count: number) => Promise<Buffer[]>
}> {
  const crypto = createSoftwareCrypto()
  const key = importSigningJwk({ ...generateJwk('ES256', 'client') })
  const child = fork(join(ROOT, 'test/bench/baseline-server.ts'), [JSON.stringify(toPublicJwk(key))], {
    execArgv: ['--import', 'tsx'],
  })
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
  for (const [stage, total] of sum)
    console.log(`  ${stage.padEnd(13)} ${((total / (count.get(stage) ?? 1)) * 1e6).toFixed(0).padStart(7)} µs`)
}
