import type { Migration } from 'kysely'
import * as grants from './001-grants.ts'
import * as log from './002-log.ts'
import * as upkeep from './003-upkeep.ts'
import * as append from './004-append.ts'
import * as logTree from './010-log-tree.ts'

/** Every step of the schema, in the order of their names. A published step is never edited; a change is a new step. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-grants': grants,
  '002-log': log,
  '003-upkeep': upkeep,
  '004-append': append,
  '010-log-tree': logTree,
}

/** The step the code in this checkout needs. */
export const EXPECTED_SCHEMA = Object.keys(MIGRATIONS).sort().at(-1) as string
