import type { EventCertificate, EventKind } from '../../gateway/events/types.ts'
import type { SeedEvent } from './types.ts'

type Party = SeedEvent['event']['subjects'][number]

export const person = (role: string, id: string): Party => ({ role, type: 'person', idType: 'resident-id', id })
export const organisation = (role: string, id: string): Party => ({ role, type: 'organisation', idType: 'uscc', id })

/** 09:00 to 16:59 in China on a `YYYYMMDD` day, spread by a number, so that a day's work has an order. */
export function moment(day: string, spread = 0): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const time = `${two(9 + (spread % 8))}:${two((spread * 7) % 60)}:00`
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T${time}+08:00`
}

/** Days after a `YYYYMMDD` day. */
export function daysAfter(day: string, days: number): string {
  const ms = Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6, 8)) + days)
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')
}

export interface Handling {
  system: string
  item: string
  /** Names the case, and with it every event: must be unique within the system. */
  key: string
  /** Day it was applied for. */
  day: string
  /** Days until it is closed; the steps lie between. */
  days?: number
  outcome?: 'approved' | 'rejected'
  subjects: Party[]
  certificate?: Omit<EventCertificate, 'validUntil'> & { validUntil?: string }
}

/** A whole case as its department reports it: applied, accepted, decided, certificate where one results, closed. */
export function handled({
  system,
  item,
  key,
  day,
  days = 3,
  outcome = 'approved',
  subjects,
  certificate,
}: Handling): SeedEvent[] {
  const application = `SB-${key}`
  const caseNo = `BJ-${key}`
  const at = (share: number, kind: EventKind, changes: object): SeedEvent => ({
    system,
    event: {
      eventId: `${key}-${kind}`,
      kind,
      item,
      application,
      occurredAt: moment(daysAfter(day, Math.round(days * share)), Math.round(share * 7)),
      subjects,
      ...changes,
    },
  })
  const own = { case: caseNo }
  return [
    at(0, 'applied', {}),
    at(0.2, 'accepted', own),
    at(0.8, 'decided', { ...own, outcome }),
    ...(certificate !== undefined && outcome === 'approved'
      ? [at(0.9, 'certificate-issued', { ...own, certificate })]
      : []),
    at(1, 'case-closed', { ...own, outcome }),
  ]
}

/** One event that stands alone. */
export const single = (system: string, event: SeedEvent['event']): SeedEvent => ({ system, event })
