import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { type Postgres, startPostgres } from '../../seeds/services/postgres.ts'
import { withClient } from '../../seeds/services/postgres-client.ts'
import { embeddedPostgres } from '../../seeds/services/postgres-embedded.ts'
import { identify } from '../../seeds/services/process-identity.ts'
import { freshPostgres } from '../support/services.ts'

const newStateDir = (): string => mkdtempSync(join(inject('runDir'), 'kept-'))

async function startKept(stateDir: string): Promise<Postgres> {
  const server = await startPostgres({ stateDir, persistent: true, log: () => {}, givenUrl: null })
  onTestFinished(() => server.stop())
  return server
}

const write = (url: string): Promise<unknown> =>
  withClient(url, (client) => client.query(`CREATE TABLE kept AS SELECT '荣成市' AS place`))
const read = (url: string): Promise<unknown> =>
  withClient(url, async (client) => (await client.query('SELECT place FROM kept')).rows)

describe('startPostgres', () => {
  it('finds its data, port and password again on the next start', async () => {
    const stateDir = newStateDir()
    const first = await startKept(stateDir)
    await write(first.url)
    await first.stop()
    const second = await startKept(stateDir)
    expect(second.url).toBe(first.url)
    expect(await read(second.url)).toEqual([{ place: '荣成市' }])
  })

  it('keeps committed rows over SIGKILL and restarts on the same port', async () => {
    const server = await freshPostgres()
    onTestFinished(() => server.stop())
    await write(server.url)
    const pidBefore = server.pid
    server.kill()
    await server.restart()
    expect(server.pid).not.toBe(pidBefore)
    expect(await read(server.url)).toEqual([{ place: '荣成市' }])
  })

  it('ends a server whose starter has died, and takes over its data', async () => {
    const stateDir = newStateDir()
    const left = await startKept(stateDir)
    await write(left.url)
    setStarter(stateDir, { pid: 1, startedAs: 'an earlier boot' })
    const next = await startKept(stateDir)
    expect(identify(left.pid)).toBeUndefined()
    expect(await read(next.url)).toEqual([{ place: '荣成市' }])
  })

  it('refuses a state directory that another living process uses', async () => {
    const stateDir = newStateDir()
    await startKept(stateDir)
    setStarter(stateDir, identify(process.ppid))
    await expect(startKept(stateDir)).rejects.toThrow(/in use by process/)
  })

  it('runs the embedded programs although they were installed without scripts', async () => {
    const stateDir = newStateDir()
    const sources = [embeddedPostgres]
    const server = await startPostgres({ stateDir, persistent: false, log: () => {}, givenUrl: null, sources })
    onTestFinished(() => server.stop())
    expect(server).toMatchObject({ origin: 'embedded', version: expect.stringMatching(/^18\./) })
    const url = await server.createDatabase('档案')
    await write(url)
    expect(await read(url)).toEqual([{ place: '荣成市' }])
  })

  it('uses a given server and leaves it alone', async () => {
    const own = await freshPostgres()
    onTestFinished(() => own.stop())
    const given = await startPostgres({ stateDir: newStateDir(), persistent: false, log: () => {}, givenUrl: own.url })
    expect(given).toMatchObject({ url: own.url, origin: 'given' })
    expect(() => given.kill()).toThrow(/not ours/)
    await given.stop()
    await write(own.url)
  })

  it('says what to do when there is nothing to start', async () => {
    const options = { stateDir: newStateDir(), persistent: false, log: () => {}, givenUrl: null, sources: [] }
    await expect(startPostgres(options)).rejects.toThrow(/DATABASE_URL/)
  })
})

function setStarter(stateDir: string, startedBy: unknown): void {
  const file = join(stateDir, 'postgres.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), startedBy }))
}
