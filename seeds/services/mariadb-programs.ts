import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { packagedMariadb } from './mariadb-apt.ts'
import { findOnPath, isProgram, runProgram } from './programs.ts'
import type { Owner } from './unprivileged.ts'

/** A server program with the files it needs beside it, all readable by the given user. */
export interface MariadbPrograms {
  readonly server: string
  /** Holds `mysql_system_tables.sql` and `english/errmsg.sys`. */
  readonly share: string
  readonly version: string
  readonly origin: 'system' | 'packages'
  /** What the program needs to find its libraries when they are not installed. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

export interface MariadbSearch {
  /** Whom the server runs as; `undefined` = as we do. */
  readonly owner: Owner | undefined
  readonly cacheDir: string
  readonly log: (line: string) => void
}

export type MariadbSource = (search: MariadbSearch) => Promise<MariadbPrograms | undefined>

/** What is installed: PATH first, then where Debian and Red Hat put servers that ordinary users' PATH does not name. */
export const installedMariadb: MariadbSource = async ({ owner }) => {
  for (const name of ['mariadbd', 'mysqld']) {
    const files = [findOnPath(name), `/usr/sbin/${name}`, `/usr/libexec/${name}`]
    for (const file of files.filter((path) => path !== undefined && isProgram(path))) {
      const found = await programsAt(file as string, '/', 'system', owner)
      if (found) return found
    }
  }
  return undefined
}

/**
 * Looks at one server program; `undefined` when it does not run, is not MariaDB (which is set up differently), or its
 * files are not where distributions put them below `root` or beside the program.
 */
export async function programsAt(
  server: string,
  root: string,
  origin: MariadbPrograms['origin'],
  owner: Owner | undefined,
  env?: Readonly<Record<string, string>>,
): Promise<MariadbPrograms | undefined> {
  const options = { ...owner, cwd: '/', timeout: 20_000, ...(env && { env: { ...process.env, ...env } }) }
  const text = await runProgram(server, ['--no-defaults', '--version'], options).catch(() => '')
  const version = /(\d+\.\d+\.\d+)-MariaDB/.exec(text)?.[1]
  const beside = resolve(dirname(server), '../share')
  const share = [join(root, 'usr/share'), beside]
    .flatMap((folder) => [join(folder, 'mysql'), join(folder, 'mariadb')])
    .find((folder) => existsSync(systemTables(folder)) && existsSync(join(folder, 'english/errmsg.sys')))
  return version === undefined || share === undefined ? undefined : { server, share, version, origin, env }
}

/** The script that makes the server's own tables; renamed in MariaDB 11. */
export function systemTables(share: string): string {
  const renamed = join(share, 'mariadb_system_tables.sql')
  return existsSync(renamed) ? renamed : join(share, 'mysql_system_tables.sql')
}

/** The ladder of programs, best first. */
export const MARIADB_SOURCES: readonly MariadbSource[] = [installedMariadb, packagedMariadb]
