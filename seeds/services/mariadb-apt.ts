import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.ts'
import { type MariadbPrograms, type MariadbSearch, type MariadbSource, programsAt } from './mariadb-programs.ts'
import { readPlace, rememberPlace } from './places.ts'
import { findOnPath, runProgram } from './programs.ts'
import { libraryFolders, unpackPackages } from './unpacked.ts'
import { isReachable, reachableDir } from './unprivileged.ts'

/**
 * Debian and Ubuntu without installing: the distribution's package unpacked where the server's user can reach it.
 *
 * Gives `undefined` where there is no apt, no network or no such package; the reason is logged.
 */
export const packagedMariadb: MariadbSource = async (search) => {
  const note = join(search.cacheDir, 'mariadb.json')
  const known = await programsIn(readPlace(note), search)
  if (known) return known
  if (!findOnPath('apt-get') || !findOnPath('dpkg')) return undefined
  return withLock(`${note}.lock`, async () => {
    const meanwhile = await programsIn(readPlace(note), search)
    if (meanwhile) return meanwhile
    search.log(
      '正在从软件源取得 MariaDB（仅首次，不安装） / getting MariaDB from the package source (first time only, not installed)',
    )
    try {
      const place = await unpackedPlace(search)
      rememberPlace(note, place)
      return await programsIn(place, search)
    } catch (thrown) {
      search.log(`未能取得 MariaDB 软件包 / could not get the MariaDB packages: ${(thrown as Error).message}`)
      return undefined
    }
  })
}

/** The cache lies in a directory closed to others; a server that runs as another user needs its program elsewhere. */
async function unpackedPlace({ owner, cacheDir, log }: MariadbSearch): Promise<string> {
  const inCache = join(cacheDir, 'mariadb')
  await unpackPackages({ cacheDir, root: inCache, choices: [['mariadb-server-core']], log })
  if (!owner || isReachable(inCache)) return inCache
  const place = reachableDir()
  await runProgram('cp', ['-a', `${inCache}/.`, place])
  chmodSync(place, 0o711)
  return place
}

async function programsIn(place: string | undefined, { owner }: MariadbSearch): Promise<MariadbPrograms | undefined> {
  if (place === undefined || !existsSync(join(place, 'usr'))) return undefined
  const server = ['mariadbd', 'mysqld'].map((name) => join(place, 'usr/sbin', name)).find(existsSync)
  if (server === undefined || readdirSync(place).length === 0) return undefined
  return programsAt(server, place, 'packages', owner, { LD_LIBRARY_PATH: libraryFolders(place).join(':') })
}
