import type { Batch, BatchState } from '../../../batches/types.ts'

export interface BatchRow {
  id: string
  system: string
  member: string
  scenario: string
  sealed_request: Buffer | null
  line_count: number
  subjects_sha256: string | null
  state: BatchState
  upload: string | null
  released: number
  refused: number
  failed: number
  revision: string
  results_sha256: string | null
  created_at: Date
  completed_at: Date | null
  expires_at: Date
}

export const batchOf = (row: BatchRow): Batch => ({
  id: row.id,
  system: row.system,
  member: row.member,
  scenario: row.scenario,
  sealedRequest: row.sealed_request,
  count: row.line_count,
  subjectsSha256: row.subjects_sha256,
  state: row.state,
  upload: row.upload,
  released: row.released,
  refused: row.refused,
  failed: row.failed,
  revision: BigInt(row.revision),
  resultsSha256: row.results_sha256,
  createdAtMs: row.created_at.getTime(),
  completedAtMs: row.completed_at?.getTime() ?? null,
  expiresAtMs: row.expires_at.getTime(),
})
