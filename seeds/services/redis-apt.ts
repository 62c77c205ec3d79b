import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Apt, freshApt, systemApt } from './apt.ts'
import { withLock } from './lock.ts'
import { findOnPath, runProgram, versionOf } from './programs.ts'
import type { RedisProgram, RedisSearch, RedisSource } from './redis-programs.ts'
import { privateDir } from './state-file.ts'

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
      await unpackInto(root, search)
    } catch (thrown) {
      search.log(`未能取得 Redis 软件包 / could not get the Redis packages: ${(thrown as Error).message}`)
    }
    return programIn(root)
  })
}

async function unpackInto(root: string, { cacheDir, log }: RedisSearch): Promise<void> {
  const draft = mkdtempSync(join(privateDir(cacheDir), 'redis-draft-'))
  try {
    const tree = join(draft, 'tree')
    mkdirSync(tree)
    // The system's lists may be absent (a bare image) or name packages the mirror has since replaced: then lists of our own.
    const known = systemApt(draft)
    const got = await fetchInto(known, draft).catch(() => false)
    if (!got) {
      log('正在更新软件包清单 / fetching the package lists')
      if (!(await fetchInto(await freshApt(draft), draft)))
        throw new Error('no package `redis-server` or `valkey-server`')
    }
    for (const name of readdirSync(draft).filter((file) => file.endsWith('.deb'))) {
      await runProgram('dpkg', ['-x', join(draft, name), tree])
    }
    rmSync(root, { recursive: true, force: true }) // an unpacking that cannot run (anymore) is replaced whole
    renameSync(tree, root)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function fetchInto(apt: Apt, folder: string): Promise<boolean> {
  for (const product of ['redis', 'valkey']) {
    if (!(await apt.has(`${product}-server`))) continue
    await apt.download([`${product}-server`, `${product}-tools`], folder) // Debian keeps the program itself in the tools package
    return true
  }
  return false
}

async function programIn(root: string): Promise<RedisProgram | undefined> {
  const file = ['redis-server', 'valkey-server'].map((name) => join(root, 'usr', 'bin', name)).find(existsSync)
  if (!file) return undefined
  const env = { LD_LIBRARY_PATH: libraryFolders(root).join(':') }
  const version = await versionOf(file, { env: { ...process.env, ...env } })
  return version ? { file, version, origin: 'packages', env } : undefined
}

function libraryFolders(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
  return [...new Set(entries.filter(({ name }) => /\.so(\.|$)/.test(name)).map(({ parentPath }) => parentPath))]
}
