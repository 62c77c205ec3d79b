import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.ts'
import { findOnPath, versionOf } from './programs.ts'
import type { RedisProgram, RedisSource } from './redis-programs.ts'
import { libraryFolders, unpackPackages } from './unpacked.ts'

/** Debian keeps the program itself in the tools package. */
const CHOICES = ['redis', 'valkey'].map((product) => [`${product}-server`, `${product}-tools`])

/**
 * Debian and Ubuntu without root: the distribution's own packages, checked by apt against its keys, unpacked into our cache and run
 * from there. Nothing is installed and no file of the system changes.
 *
 * Gives `undefined` where there is no apt, no network or no such package; the reason is logged.
 */
export const packagedRedis: RedisSource = async (search) => {
  const root = join(search.cacheDir, 'redis')
  const unpacked = await programIn(root)
  if (unpacked) return unpacked
  if (!findOnPath('apt-get') || !findOnPath('dpkg')) return undefined
  return withLock(join(search.cacheDir, 'redis.lock'), async () => {
    const meanwhile = await programIn(root)
    if (meanwhile) return meanwhile
    search.log(
      '正在从软件源取得 Redis（仅首次，不安装） / getting Redis from the package source (first time only, not installed)',
    )
    try {
      await unpackPackages({ ...search, root, choices: CHOICES })
    } catch (thrown) {
      search.log(`未能取得 Redis 软件包 / could not get the Redis packages: ${(thrown as Error).message}`)
    }
    return programIn(root)
  })
}

async function programIn(root: string): Promise<RedisProgram | undefined> {
  const file = ['redis-server', 'valkey-server'].map((name) => join(root, 'usr', 'bin', name)).find(existsSync)
  if (!file) return undefined
  const env = { LD_LIBRARY_PATH: libraryFolders(root).join(':') }
  const version = await versionOf(file, { env: { ...process.env, ...env } })
  return version ? { file, version, origin: 'packages', env } : undefined
}
