import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './programs.ts'
import { privateDir } from './state-file.ts'

/** The distribution's packages as seen through one set of package lists. */
export interface Apt {
  /** Fetches the named packages, and those libraries below them that are not installed, into `folder`. */
  download(names: readonly string[], folder: string): Promise<void>
  has(name: string): Promise<boolean>
}

/** Reads the lists the system already has; writes nothing outside `scratch`. */
export function systemApt(scratch: string): Apt {
  return aptWith(scratch, [])
}

/** Fetches lists of its own into `scratch`, which an ordinary user may do too. */
export async function freshApt(scratch: string): Promise<Apt> {
  const lists = join(scratch, 'lists')
  mkdirSync(join(lists, 'partial'), { recursive: true, mode: 0o700 })
  const options = [
    '-o',
    `Dir::State::lists=${lists}`,
    '-o',
    'Acquire::Languages=none',
    '-o',
    'Acquire::GzipIndexes=true',
  ]
  const apt = aptWith(scratch, options)
  // A third party's source that fails makes the update fail although Debian's lists arrived: what counts is what is known after it.
  await runProgram('apt-get', [...optionsFor(scratch), ...options, 'update']).catch(() => {})
  return apt
}

function optionsFor(scratch: string): string[] {
  const cache = privateDir(join(scratch, 'cache'))
  mkdirSync(join(cache, 'archives', 'partial'), { recursive: true, mode: 0o700 })
  const settings = {
    'Dir::Cache': cache,
    'Dir::Cache::pkgcache': '', // kept in memory: the files would be larger than what we come for
    'Dir::Cache::srcpkgcache': '',
    'APT::Sandbox::User': 'root', // as root apt would drop to a user that cannot enter our private folder
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

function aptWith(scratch: string, more: readonly string[]): Apt {
  const options = [...optionsFor(scratch), ...more]
  return {
    async has(name) {
      const text = await runProgram('apt-cache', [...options, 'policy', name]).catch(() => '')
      return /Candidate: (?!\(none\))/.test(text)
    },
    async download(names, folder) {
      const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(
        (kind) => `--no-${kind}`,
      )
      const listing = await runProgram('apt-cache', [...options, 'depends', '--recurse', ...only, ...names])
      const libraries = missingLibraries(listing, names, await installedPackages())
      await runProgram('apt-get', [...options, 'download', ...names, ...libraries], { cwd: folder })
    },
  }
}

async function installedPackages(): Promise<Set<string>> {
  const selections = await runProgram('dpkg', ['--get-selections'])
  return new Set(
    selections.split('\n').flatMap((line) => (/\s(install|hold)$/.test(line) ? line.replace(/[:\s].*/, '') : [])),
  )
}

/**
 * Reads `apt-cache depends --recurse`: package names at the start of a line, below them what they depend on, where `|` joins a line to
 * the next as an alternative and angle brackets mark virtual packages. Follows libraries only: scripts' needs (adduser, perl) are for
 * installing, which we do not do.
 */
export function missingLibraries(listing: string, names: readonly string[], installed: ReadonlySet<string>): string[] {
  const needs = new Map<string, string[][]>()
  let groups: string[][] = []
  let joined = false
  for (const line of listing.split('\n')) {
    const [, bar, needed] = /^ ([| ])(?:Pre)?Depends: (\S+)$/.exec(line) ?? []
    if (needed) {
      if (joined) groups.at(-1)?.push(needed)
      else groups.push([needed])
      joined = bar === '|'
    } else if (/^\S/.test(line)) {
      groups = []
      joined = false
      needs.set(line, groups)
    }
  }
  const found = new Set(names)
  for (const name of found) {
    for (const alternatives of needs.get(name) ?? []) {
      if (alternatives.some((other) => installed.has(other.replace(/:.*/, '')))) continue
      const library = alternatives.find((other) => other.startsWith('lib'))
      if (library) found.add(library)
    }
  }
  return [...found].filter((name) => !names.includes(name))
}
