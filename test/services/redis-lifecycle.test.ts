import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { isRunning, type ProcessIdentity } from '../../seeds/services/process-identity.ts'
import { findOnPath } from '../../seeds/services/programs.ts'
import { startRedis } from '../../seeds/services/redis.ts'
import { packagedRedis } from '../../seeds/services/redis-apt.ts'
import { withRedis } from '../../seeds/services/redis-client.ts'
import { readState } from '../../seeds/services/state-file.ts'

const newStateDir = (): string => mkdtempSync(join(inject('runDir'), 'kept-'))

describe('startRedis', () => {
  it('finds its data, port and password again on the next start', async () => {
    const options = { stateDir: newStateDir(), persistent: true, log: () => {}, givenUrl: null }
    const first = await startRedis(options)
    await withRedis(first.url, (client) => client.set('k', '值'))
    await first.stop()
    const second = await startRedis(options)
    onTestFinished(() => second.stop())
    expect(second.url).toBe(first.url)
    expect(await withRedis(second.url, (client) => client.get('k'))).toBe('值')
  })

  it('does not outlive a starter that was killed outright', async () => {
    const stateDir = newStateDir()
    const starter = spawn(
      process.execPath,
      ['--import', 'tsx', resolve(import.meta.dirname, 'start-redis.ts'), stateDir],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    await once(starter.stdout, 'data')
    const { server } = readState(join(stateDir, 'redis.json')) as { server: ProcessIdentity }
    expect(isRunning(server)).toBe(true)
    starter.kill('SIGKILL')
    await vi.waitFor(() => expect(isRunning(server)).toBe(false), { timeout: 5_000 })
  })

  // Needs Debian or Ubuntu; elsewhere this rung of the ladder does not exist.
  it.skipIf(!findOnPath('apt-get'))(
    'runs from unpacked packages that were never installed',
    { timeout: 120_000 },
    async () => {
      const sources = [packagedRedis]
      const server = await startRedis({
        stateDir: newStateDir(),
        persistent: false,
        log: () => {},
        givenUrl: null,
        sources,
      })
      onTestFinished(() => server.stop())
      expect(await withRedis(server.url, (client) => client.eval('return ARGV[1]', 0, '关驿'))).toBe('关驿')
      expect(server.origin).toBe('packages')
    },
  )
})
