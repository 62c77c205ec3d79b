import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { embeddedPostgres } from './postgres-embedded.ts'
import { findOnPath, isProgram, versionOf } from './programs.ts'
import type { Owner } from './unprivileged.ts'

/** A set of server programs that the given user can run. */
export interface PostgresPrograms {
  readonly initdb: string
  readonly postgres: string
  readonly version: string
  readonly origin: 'system' | 'embedded'
}

export type PostgresSource = (search: PostgresSearch) => Promise<PostgresPrograms | undefined>

export interface PostgresSearch {
  readonly owner: Owner | undefined
  readonly cacheDir: string
  readonly log: (line: string) => void
}

/** The oldest major still maintained upstream in November 2026; older ones lack what the log's migrations use. */
const OLDEST_MAJOR = 14

/** What is installed: PATH first, then where Debian, Red Hat and Homebrew put servers without linking them. */
export const installedPostgres: PostgresSource = async ({ owner }) => {
  const onPath = findOnPath('postgres')
  const folders = [
    ...(onPath ? [dirname(onPath)] : []),
    ...versionedFolders('/usr/lib/postgresql', (name) => `${name}/bin`),
    ...versionedFolders('/usr', (name) => (name.startsWith('pgsql-') ? `${name}/bin` : undefined)),
    ...versionedFolders('/opt/homebrew/opt', (name) => (name.startsWith('postgresql@') ? `${name}/bin` : undefined)),
  ]
  for (const folder of folders) {
    const programs = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') }
    if (!isProgram(programs.initdb) || !isProgram(programs.postgres)) continue
    const version = await versionOf(programs.postgres, { ...owner, cwd: '/' })
    if (version && Number.parseInt(version, 10) >= OLDEST_MAJOR) return { ...programs, version, origin: 'system' }
  }
  return undefined
}

/** The ladder, best first. */
export const POSTGRES_SOURCES: readonly PostgresSource[] = [installedPostgres, embeddedPostgres]

function versionedFolders(parent: string, pick: (name: string) => string | undefined): string[] {
  try {
    return readdirSync(parent)
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true })) // newest first
      .flatMap((name) => pick(name) ?? [])
      .map((name) => join(parent, name))
  } catch {
    return []
  }
}
