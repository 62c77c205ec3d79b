import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { BATCH_LINES } from './batch-steps.ts'
import { type DemoCity, startDemoCity } from './city.ts'
import { DemoFailure } from './demo-failure.ts'
import { writeManifest } from './manifest.ts'
import { findPersonalTraces } from './personal-traces.ts'
import { createVoice } from './printing.ts'
import { createSpanCollector } from './span-collector.ts'
import { walkThrough } from './walk-through.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** The check asks the same of fewer lines: 10,000 take half a minute on two cores, and every change of ours runs it. */
const CHECKED_LINES = 2_000

/**
 * `npm run demo`: brings a city up, walks through it and stays. `--check` does it on free ports with a state of its own,
 * asserts every step, searches everything that was written for personal values, stops, and exits 0 or 1.
 */
async function main(check: boolean): Promise<number> {
  const startedAt = performance.now()
  const stateDir = process.env.GUANYI_STATE_DIR ?? join(ROOT, '.guanyi', check ? `check-${process.pid}` : '')
  const voice = createVoice(process.stdout, process.stdout.isTTY === true && !process.env.NO_COLOR)
  console.log(
    voice.terminal.bold('关驿 政务数据共享交换网关 · 荣成市演示') + voice.terminal.dim(' / Guanyi, demonstration city'),
  )
  const spans = check ? await createSpanCollector() : null
  let city: DemoCity | undefined
  let passed = false
  const stop = interruption()
  try {
    city = await startDemoCity({
      stateDir,
      persistent: !check,
      say: voice.say,
      signal: stop,
      ...(spans !== null && { env: { OTEL_EXPORTER_OTLP_ENDPOINT: spans.url } }),
    })
    voice.say(`网关已就绪 ${city.dataUrl}（用时 ${seconds(startedAt)}）`, 'the gateway is ready')
    const steps = await walkThrough(city, voice, { lines: check ? CHECKED_LINES : BATCH_LINES, signal: stop })
    if (check) {
      const searched = await findPersonalTraces(city, spans!)
      voice.title(
        steps + 1,
        '全部日志、指标、链路、留痕中查找测试人口的号码与姓名',
        'search of everything written for personal values',
      )
      voice.say(
        `✓ 检查 ${searched.places} 处、${searched.bytes} 字节、${searched.needles} 个号码与姓名，未发现`,
        'none found',
      )
      passed = true
      console.log(`\n演示自检通过：${steps + 1} 步，用时 ${seconds(startedAt)} / demo check passed`)
      return 0
    }
    const manifest = await writeManifest(city)
    console.log(
      `\n演示完成，用时 ${seconds(startedAt)}。网关继续运行，按 Ctrl-C 停止。 / the gateway stays up; Ctrl-C stops it`,
    )
    voice.say(`数据面 ${city.dataUrl}    管理面 ${city.managementUrl}    接口文档 ${city.dataUrl}/docs`)
    voice.say(
      `示例清单 ${relative(ROOT, manifest)}；试一试：npm run guanyi -- query --demo 入学资格核验`,
      'try one of the samples',
    )
    if (!stop.aborted) await once(stop, 'abort')
    console.log('\n正在停止 … / stopping')
    return 0
  } catch (thrown) {
    if (stop.aborted) {
      console.log('\n正在停止 … / stopping')
      return 130
    }
    console.error(`\n✗ ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    if (!(thrown instanceof DemoFailure) && thrown instanceof Error) console.error(thrown.stack)
    if (city !== undefined)
      console.error(`  日志 / logs: ${city.logFiles.map((file) => relative(ROOT, file)).join(', ')}`)
    return 1
  } finally {
    await city?.stop()
    await spans?.close()
    // After a failure the logs stay, to be read.
    if (passed || (check && stop.aborted)) rmSync(stateDir, { recursive: true, force: true })
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort())
  return controller.signal
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

process.exit(await main(process.argv.includes('--check')))
