import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

it('a decision returns into code that was thrown away meanwhile, and the process lives on', () => {
  const [script, engine] = ['wasm-return.mjs', '../../policies/engine/policy-set.ts'].map((file) =>
    resolve(import.meta.dirname, file),
  )
  const args = ['--allow-natives-syntax', '--import', 'tsx', script!, engine!]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: 'returned\n' })
})
