export { disclose } from '../evidence/disclose.ts'
export { verifyEvidence } from '../evidence/verify.ts'
export { type BatchAsk, type BatchView, followBatch } from './batches.ts'
export {
  type Answer,
  type Ask,
  type ClientOptions,
  createClient,
  type DeclarationAsk,
  type GuanyiClient,
  type Material,
} from './client.ts'
export { EvidenceError, GuanyiProblem, GuanyiUnreachable } from './errors.ts'
export { fetchJwks } from './gateway-keys.ts'
export type { PrefillAnswer, PrefillAsk, PrefilledForm } from './prefill.ts'
export { createRelay, type Relay, type RelayOptions } from './relay.ts'
export { createTypedClient, type ScenarioType, type TypedClient } from './typed.ts'
