import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it, onTestFinished } from 'vitest'
import { startMariadb } from '../../seeds/services/mariadb.ts'
import { withMariadb } from '../../seeds/services/mariadb-client.ts'
import { findOnPath } from '../../seeds/services/programs.ts'

// Where there is neither a server nor apt this rung of the ladder does not exist.
const unavailable = !findOnPath('apt-get') && !findOnPath('mariadbd') && !process.env.MARIADB_URL

it.skipIf(unavailable)(
  'a MariaDB starts without root, keeps its data over a kill and its place over a stop',
  {
    timeout: 120_000,
  },
  async () => {
    const options = {
      stateDir: mkdtempSync(join(inject('runDir'), 'mariadb-')),
      persistent: true,
      log: () => {},
      givenUrl: null,
    }
    const first = await startMariadb(options)
    onTestFinished(() => first.stop())
    const url = await first.createDatabase('people')
    await withMariadb(url, (client) => client.query("create table t (v text) select '关驿𠮷' as v"))
    first.kill()
    await first.restart()
    const read = async (from: string) => (await withMariadb(from, (client) => client.query('select v from t')))[0]
    expect(await read(url)).toEqual([{ v: '关驿𠮷' }])
    await first.stop()
    const second = await startMariadb({ ...options, persistent: false })
    onTestFinished(() => second.stop())
    expect(second.url).toBe(first.url)
    expect(await read(url)).toEqual([{ v: '关驿𠮷' }])
  },
)
