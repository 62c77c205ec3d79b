import type { GuanyiClient } from '../../gateway/client/index.ts'
import type { DemoCity } from './city.ts'
import type { Voice } from './printing.ts'

export interface Walk {
  city: DemoCity
  voice: Voice
  /** Fires at Ctrl-C: long work stops and leaves nothing half done. */
  signal: AbortSignal
  client(system: string): GuanyiClient
}

export interface Step {
  zh: string
  en: string
  run(walk: Walk): Promise<void>
}
