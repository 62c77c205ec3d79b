import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type Mariadb, startMariadb } from '../../seeds/services/mariadb.ts'
import { findOnPath } from '../../seeds/services/programs.ts'

/** Neither a server nor a way to obtain one: then what needs MariaDB is skipped, saying so. */
export const noMariadb =
  !process.env.TEST_MARIADB_URL && !['mariadbd', 'apt-get'].some((name) => findOnPath(name) !== undefined)

/** A MariaDB of this test file's own; takes about two seconds, the first time longer. */
export function freshMariadb(): Promise<Mariadb> {
  return startMariadb({
    stateDir: mkdtempSync(join(inject('runDir'), 'mariadb-')),
    persistent: false,
    log: () => {},
    givenUrl: process.env.TEST_MARIADB_URL ?? null,
  })
}
