import type { Ask } from '../../gateway/client/index.ts'
import type { FailureCode } from '../../gateway/errors/exchange-error.ts'

/** A request anyone can send to the running demo, with what it is bound to get, in any order and any number of times. */
export interface Sample {
  name: string
  system: string
  mode: 'query' | 'verify' | 'dossier'
  request: Ask
  expect: 'released' | FailureCode
}
