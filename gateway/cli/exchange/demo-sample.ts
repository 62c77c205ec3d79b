import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configError, usageError } from '../exit.ts'
import { besideState, stateDir } from '../settings.ts'
import type { CliIo } from '../terminal.ts'

/** What `.guanyi/demo.json` tells of a running demonstration (design §11). */
interface DemoFile {
  dataPlane: string
  gatewayId: string
  systems: { id: string; keyFile: string }[]
  samples: { name: string; system: string; mode: string; request: Record<string, unknown>; expect: string }[]
}

export interface DemoSample {
  url: string
  gatewayId: string
  system: string
  keyFile: string
  request: Record<string, unknown>
}

/** Finds a sample of the demonstration by its name or its number, counted from 1 over all modes. */
export async function findDemoSample(wanted: string, mode: string, io: CliIo): Promise<DemoSample> {
  const demo = await readDemoFile(io)
  const sample = /^[1-9]\d*$/.test(wanted)
    ? demo.samples[Number(wanted) - 1]
    : demo.samples.find(({ name }) => name === wanted)
  const list = demo.samples.map(({ name, mode: op, expect }, place) => `${place + 1}  ${name}  (${op} → ${expect})`)
  if (sample === undefined) throw usageError(`演示中没有样例 ${wanted}`, `the demo has no sample ${wanted}`, list)
  if (sample.mode !== mode) {
    throw usageError(
      `样例“${sample.name}”属于 ${sample.mode}，请用 guanyi ${sample.mode} --demo ${wanted}`,
      `sample “${sample.name}” is for ${sample.mode}; use guanyi ${sample.mode} --demo ${wanted}`,
    )
  }
  const system = demo.systems.find(({ id }) => id === sample.system)
  if (system === undefined)
    throw configError(`demo.json 中没有系统 ${sample.system}`, `demo.json has no system ${sample.system}`)
  return {
    url: demo.dataPlane,
    gatewayId: demo.gatewayId,
    system: system.id,
    keyFile: besideState(io.env, system.keyFile),
    request: sample.request,
  }
}

async function readDemoFile({ env }: CliIo): Promise<DemoFile> {
  const path = join(stateDir(env), 'demo.json')
  try {
    return JSON.parse(await readFile(path, 'utf8')) as DemoFile
  } catch {
    throw configError(
      `读不到 ${path}，请先启动演示：npm run demo`,
      `cannot read ${path}; start the demonstration first: npm run demo`,
    )
  }
}
