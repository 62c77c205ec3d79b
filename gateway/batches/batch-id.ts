import { hash } from 'node:crypto'

export const BATCH_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * The exchange id of one line, or of another act about the batch: the same however often it is asked for, so that no
 * line can have two records.
 *
 * Shape:  a UUID of version 8 (RFC 9562 §5.8): the batch's own 48 bits of time, so that its ids lie close together in the
 *         database's indexes, then bits of SHA-256(batch id ‖ `/` ‖ what).
 */
export function exchangeIdOf(batch: string, what: number | 'destroyed' | 'cancelled'): string {
  const digest = hash('sha256', `${batch}/${what}`, 'hex')
  const variant = ((Number.parseInt(digest[3]!, 16) & 0x3) | 0x8).toString(16)
  return `${batch.slice(0, 13)}-8${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(8, 20)}`
}
