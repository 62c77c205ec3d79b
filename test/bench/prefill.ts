import type { FormEntry } from '../../gateway/catalog/further-types.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import { createClient } from '../../gateway/client/index.ts'
import type { PrefillAnswer, PrefillAsk } from '../../gateway/client/prefill.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { FITTING_SYSTEM, fittingAsk, fittingBundleAsk } from '../../seeds/samples/fitting-applicants.ts'
import { type BenchCity, startBenchCity } from './city.ts'
import { cpuTime } from './cpu-time.ts'

const RUNS = 40
const SLOW_MS = [100, 300]
/** A form over many sources, and bundles over more. */
const ASKS: readonly { name: string; ask: (catalog: Catalog) => PrefillAsk }[] = [
  {
    name: '困难救助申请表 hardship, one form',
    ask: (catalog) => fittingAsk(catalog, formOf(catalog, 'rongcheng-p-096')),
  },
  { name: '出生一件事 birth, a bundle', ask: (catalog) => fittingBundleAsk(catalog, 'birth') },
  { name: '困难救助一件事 hardship, a bundle', ask: (catalog) => fittingBundleAsk(catalog, 'hardship') },
]
const formOf = (catalog: Catalog, item: string): FormEntry =>
  [...catalog.forms.values()].find((form) => form.item === item)!

/**
 * How long a form takes beside its slowest source: every HTTP source waits the same time, so that sources asked one after
 * another would show as a multiple of it. The source's time is what a caller beside the gateway waits for one answer.
 */
export async function benchPrefill(): Promise<void> {
  for (const slowMs of SLOW_MS) {
    const city = await startBenchCity(slowMs)
    try {
      for (const { name, ask } of ASKS) {
        const client = createClient({
          url: `http://127.0.0.1:${city.port}`,
          gatewayId: GATEWAY_ID,
          system: FITTING_SYSTEM,
          key: city.installation.systemKeys.get(FITTING_SYSTEM)!.jwk,
        })
        const uncached: PrefillAsk = { ...ask(city.installation.catalog), maxAgeSeconds: 0 }
        const before = cpuTime(city.gatewayPid).all
        const fast = await medianOf(RUNS, () => client.prefill(uncached))
        const cpuMs = ((cpuTime(city.gatewayPid).all - before) * 1000) / RUNS
        setAll(city, 'slow')
        const source = await medianOf(8, () => fetch(city.providers.services['rc-gaj-http'].url, { method: 'POST' }))
        const whole = await medianOf(RUNS, () => client.prefill(uncached))
        setAll(city, 'ok')
        const { sources, readings } = sourcesOf(await client.prefill(uncached))
        console.log(
          `预填 prefill ${name}: ${sources} 个数据资源 datasets in ${readings} 次读取 readings；来源 source ${source.toFixed(0)} ms，` +
            `整表 whole ${whole.toFixed(0)} ms（来源不慢时 with quick sources ${fast.toFixed(0)} ms），` +
            `比值 ratio ${(whole / source).toFixed(2)}；网关处理器 gateway CPU ${cpuMs.toFixed(0)} ms`,
        )
      }
    } finally {
      await city.stop()
    }
  }
}

function setAll(city: BenchCity, mode: 'slow' | 'ok'): void {
  for (const service of Object.values(city.providers.services)) service.setMode(mode)
}

/** Datasets that answered, and how often in all, as the evidence of every exchange names them; those read for a check only are more. */
function sourcesOf({ exchanges }: PrefillAnswer): { sources: number; readings: number } {
  const read = exchanges.flatMap(({ evidence }) => {
    const [, payload] = evidence?.split('~')[0]?.split('.') ?? []
    if (payload === undefined) return []
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sources: Record<string, unknown> }
    return Object.keys(claims.sources).map((key) => key.slice(key.indexOf(':') + 1))
  })
  return { sources: new Set(read).size, readings: read.length }
}

async function medianOf(runs: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now()
    await work()
    times.push(performance.now() - startedAt)
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)]!
}
