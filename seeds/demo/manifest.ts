import { mkdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { COUNTY_ID } from '../county/prepare.ts'
import { GATEWAY_ID } from '../installation/installation.ts'
import { writeWhole } from '../installation/system-keys.ts'
import { PREFILL_SAMPLES } from '../samples/prefill-samples.ts'
import { SAMPLES } from '../samples/samples.ts'
import type { DemoCity } from './city.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** `.guanyi/demo.json`: all that anyone needs to write a client against the running demo (design §11). */
export async function writeManifest(city: DemoCity): Promise<string> {
  await mkdir(city.stateDir, { recursive: true, mode: 0o700 })
  const path = join(city.stateDir, 'demo.json')
  await writeWhole(path, {
    dataPlane: city.dataUrl,
    managementPlane: city.managementUrl,
    gatewayId: GATEWAY_ID,
    systems: [...city.installation.systemKeys.values()].map(({ system, keyFile, alg }) => {
      const registered = city.installation.catalog.systems.get(system)!
      return {
        id: system,
        member: registered.member.id,
        keyFile: relative(ROOT, keyFile),
        alg,
        status: registered.system.status,
      }
    }),
    operators: city.installation.operators.map(({ id, role, keyFile, jwk }) => ({
      role,
      id,
      keyFile: relative(ROOT, keyFile),
      alg: jwk.alg,
    })),
    nodes: [countyOf(city)],
    logVkey: city.installation.logVkey,
    logToken: city.installation.logToken,
    samples: [...SAMPLES, ...PREFILL_SAMPLES],
  })
  return path
}

/** The county node and the one system a reader may ask it as. */
function countyOf({ county }: DemoCity) {
  const { system, keyFile, alg } = county.installation.systemKeys.get('rc-police')!
  return {
    gatewayId: COUNTY_ID,
    dataPlane: county.url,
    systems: [{ id: system, keyFile: relative(ROOT, keyFile), alg }],
    logVkey: county.installation.logVkey,
  }
}
