export { disclose } from '../evidence/disclose.ts'
export { verifyEvidence } from '../evidence/verify.ts'
export { type Answer, type Ask, type ClientOptions, createClient, type GuanyiClient, GuanyiProblem } from './client.ts'
