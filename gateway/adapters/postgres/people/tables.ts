import type { Kysely } from 'kysely'
import type { VerificationMethod } from '../../../ports/declared-values.ts'
import type { EventTables } from '../events/tables.ts'
import { createReader } from '../reader.ts'

interface DeclarationsTable {
  exchange_id: string
  system: string
  declaration_id: string
  content_digest: string
  member: string
  scenario: string
  item: string
  case_no: string | null
  application: string | null
  dataset: string
  subject_digest: string
  sealed_operator: Buffer
  method: VerificationMethod
  declared_at: Date
  verified_at: Date
  valid_until: string
}

interface DeclaredValuesTable {
  exchange_id: string
  field: string
  sealed: Buffer
}

/** What is read and written where people are the source. */
export interface PeopleTables extends EventTables {
  declarations: DeclarationsTable
  declared_values: DeclaredValuesTable
}

export type PeopleDatabase = Kysely<PeopleTables>

/** A small pool with the service's rights. */
export const openPeopleDatabase = (url: string): PeopleDatabase =>
  createReader({ url, name: 'guanyi-people', max: 4, timeoutMs: 3_000 })
