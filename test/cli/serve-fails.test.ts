import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

it('a gateway whose port is taken says so and ends, also with a starter waiting for its word', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  const child = spawn(process.execPath, ['--import', 'tsx', 'gateway/cli/main.ts', 'serve'], {
    env: { ...process.env, ...city.installation.env, GUANYI_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  try {
    const [code] = await once(child, 'exit')
    expect(said).toContain('EADDRINUSE')
    expect(code).not.toBe(0)
  } finally {
    child.kill('SIGKILL')
    holder.close()
  }
}, 40_000)
