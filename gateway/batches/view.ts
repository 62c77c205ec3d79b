import type { Batch } from './types.ts'

/** What the creating system sees of its batch. */
export function batchView(batch: Batch): Record<string, unknown> {
  const { id, state, count, released, refused, failed, completedAtMs } = batch
  return {
    id,
    state: stateOf(batch),
    scenario: batch.scenario,
    count,
    subjectsSha256: batch.subjectsSha256,
    done: released + refused + failed,
    released,
    refused,
    failed,
    revision: String(batch.revision),
    createdAt: new Date(batch.createdAtMs).toISOString(),
    completedAt: completedAtMs === null ? null : new Date(completedAtMs).toISOString(),
    expiresAt: state === 'running' ? null : new Date(batch.expiresAtMs).toISOString(),
    links: {
      subjects: `/v1/batches/${id}/subjects`,
      events: `/v1/batches/${id}/events`,
      results: `/v1/batches/${id}/results`,
      ack: `/v1/batches/${id}/results/ack`,
    },
  }
}

/** Cancelled while its last lines are still finishing reads as what it is. */
export const stateOf = ({ state, completedAtMs }: Batch): string =>
  state === 'cancelled' && completedAtMs === null ? 'cancelling' : state
