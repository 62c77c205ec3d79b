import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
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
  if (!findOnPath('apt-get') || !findOnPath('dpkg')) return undefined
  const root = join(search.cacheDir, 'redis')
  const unpacked = await programIn(root)
  if (unpacked) return unpacked
  try {
    search.log(
      '正在从 Debian/Ubuntu 软件源下载 Redis（仅首次，不安装） / downloading Redis packages (first time only, not installed)',
    )
    await unpackInto(root, search)
  } catch (thrown) {
    search.log(`未能取得 Redis 软件包 / could not get the Redis packages: ${(thrown as Error).message}`)
  }
  return programIn(root)
}

async function unpackInto(root: string, { cacheDir, log }: RedisSearch): Promise<void> {
  const draft = mkdtempSync(join(privateDir(cacheDir), 'redis-draft-'))
  try {
    const apt = await readyApt(cacheDir, log)
    const [wanted] = (await apt.has('redis-server')) ? ['redis-server'] : ['valkey-server']
    const names = await lacking(wanted, apt)
    await runProgram('apt-get', [...apt.options, 'download', ...names], { cwd: draft })
    const files = readdirSync(draft).filter((name) => name.endsWith('.deb'))
    const tree = join(draft, 'tree')
    mkdirSync(tree)
    for (const name of files) await runProgram('dpkg', ['-x', join(draft, name), tree])
    log(`已取得 ${names.join(' ')} / unpacked`)
    rmSync(root, { recursive: true, force: true }) // an unpacking that cannot run (anymore) is replaced whole
    renameSync(tree, root)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

interface Apt {
  readonly options: readonly string[]
  has(name: string): Promise<boolean>
}

/**
 * The system's package lists when it has them; else lists of our own in the cache, which an ordinary user may fetch too.
 * A stale list names packages the mirror has dropped, so a failed download is worth one try with fresh lists: see `packagedRedis`.
 */
async function readyApt(cacheDir: string, log: (line: string) => void): Promise<Apt> {
  const caches = ['-o', `Dir::Cache=${privateDir(join(cacheDir, 'apt', 'cache'))}`, '-o', 'APT::Sandbox::User=root']
  const system = aptWith(caches)
  if (await system.has('redis-server')) return system
  log('正在取得软件包清单 / fetching the package lists')
  const lists = join(cacheDir, 'apt', 'lists')
  mkdirSync(join(lists, 'partial'), { recursive: true, mode: 0o700 })
  mkdirSync(join(cacheDir, 'apt', 'cache', 'archives', 'partial'), { recursive: true, mode: 0o700 })
  const own = aptWith([...caches, '-o', `Dir::State::lists=${lists}`])
  // A third party's source that fails makes apt fail although Debian's lists arrived: what counts is whether the package is known.
  await runProgram('apt-get', [...own.options, 'update']).catch(() => {})
  return own
}

function aptWith(options: readonly string[]): Apt {
  return {
    options,
    async has(name) {
      const text = await runProgram('apt-cache', [...options, 'policy', name]).catch(() => '')
      return /Candidate: (?!\(none\))/.test(text)
    },
  }
}

/** The server's packages, and of the libraries below them those that are not installed. */
async function lacking(server: string, { options }: Apt): Promise<string[]> {
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`)
  const listing = await runProgram('apt-cache', [...options, 'depends', '--recurse', ...only, server])
  // Package names stand at the start of a line, what they depend on is indented, virtual packages are in angle brackets.
  const closure = new Set(listing.split('\n').filter((line) => /^[a-z0-9][a-z0-9.+-]*(:\w+)?$/.test(line)))
  const installed = new Set(
    (await runProgram('dpkg', ['--get-selections']))
      .split('\n')
      .flatMap((line) => (/\s(install|hold)$/.test(line) ? line.replace(/[:\s].*/, '') : [])),
  )
  const tools = server.replace('-server', '-tools') // Debian keeps the program itself in the tools package
  const libraries = [...closure].filter((name) => name.startsWith('lib') && !installed.has(name.replace(/:.*/, '')))
  return [server, tools, ...libraries]
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
