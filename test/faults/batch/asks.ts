import type { ForeignCall } from '../../../seeds/providers/types.ts'

export interface Asked {
  times: number
  lastMs: number
}

/** Counts, at the sources themselves, how often each person was asked about, and when last. */
export function createAskCounter(now: () => number = Date.now) {
  const asked = new Map<string, Asked>()
  return {
    note({ body }: ForeignCall): void {
      for (const [number] of JSON.stringify(body).matchAll(/371099\d{11}[\dX]/g)) {
        const known = asked.get(number)
        asked.set(number, { times: (known?.times ?? 0) + 1, lastMs: now() })
      }
    },
    of: (number: string): Asked | undefined => asked.get(number),
    total: (): number => [...asked.values()].reduce((sum, { times }) => sum + times, 0),
  }
}
