import type { WrittenEvent } from '../../gateway/events/read-event.ts'

/** An event with the system that reports it; the members are those of `POST /v1/events` without `jti`. */
export interface SeedEvent {
  system: string
  event: Omit<WrittenEvent, 'jti'>
}
