import type { Population } from '../population/types.ts'
import { castEvents } from './cast.ts'
import { registerEvents } from './registers.ts'
import type { SeedEvent } from './types.ts'

export { reportEvents } from './report.ts'
export type { SeedEvent } from './types.ts'

export interface SeedEventsOptions {
  /** Register events beyond the cast's stories; the first ones, for a start that must be quick. Default all. */
  most?: number
}

/**
 * The life so far of the synthetic city, as its departments would have reported it: the same events for the same
 * population. Event ids are stable, so that reporting them again changes nothing.
 *
 * Events after `today` are left out: the calendar of the stories is fixed, the day of seeding is not.
 */
export function lifeCycleEvents(
  city: Population,
  { most = Number.POSITIVE_INFINITY }: SeedEventsOptions = {},
): SeedEvent[] {
  const happened = ({ event }: SeedEvent): boolean => event.occurredAt.slice(0, 10).replaceAll('-', '') < city.today
  return [...castEvents(), ...registerEvents(city).slice(0, most)].filter(happened)
}
