import type { Problem } from '../errors/problem.ts'

/** A refusal or failure as the gateway told it. */
export class GuanyiProblem extends Error {
  override readonly name = 'GuanyiProblem'
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.title}`)
  }
}

/** No answer of a gateway came: no connection, time-out, or something else answers there. */
export class GuanyiUnreachable extends Error {
  override readonly name = 'GuanyiUnreachable'
}

/** An answer came whose evidence is not the gateway's, or is about something else. Nothing of it may be used. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError'
}
