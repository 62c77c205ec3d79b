import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { join, resolve } from 'node:path'

const CHECKOUT = resolve(import.meta.dirname, '../../..')

export interface Build {
  dir: string
  cli: string
  witness: string
  /** Added to a gateway's environment. */
  env: Record<string, string>
}

/**
 * A build of the gateway with its catalogues and policies as they are now: it starts faster than from source, and somebody
 * at work in the checkout does not change what is restarted hundreds of times. Inside the checkout, where it finds the
 * dependencies. Types are another step's to check.
 */
export async function buildGateway(): Promise<Build> {
  const parent = join(CHECKOUT, '.guanyi')
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const dir = mkdtempSync(join(parent, 'faults-build-'))
  const compiler = spawn(
    join(CHECKOUT, 'node_modules/.bin/tsc'),
    ['-p', 'tsconfig.build.json', '--outDir', dir, '--sourceMap', 'false'],
    { cwd: CHECKOUT, stdio: 'ignore' },
  )
  await once(compiler, 'exit')
  const build = {
    dir,
    cli: join(dir, 'gateway/cli/main.js'),
    witness: join(dir, 'gateway/witness/main.js'),
    env: { GUANYI_CATALOG_DIR: join(dir, 'catalogs'), GUANYI_POLICY_DIR: join(dir, 'policies') },
  }
  if (!existsSync(build.cli)) throw new Error('网关未能编译 / the gateway was not built')
  for (const data of ['catalogs', 'policies']) cpSync(join(CHECKOUT, data), join(dir, data), { recursive: true })
  return build
}
