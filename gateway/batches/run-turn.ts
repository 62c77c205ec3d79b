import type { Courtesy } from './courtesy.ts'
import type { StoredRequest } from './members.ts'
import type { createRunLine } from './run-line.ts'
import type { StagingSeal } from './staging-seal.ts'
import type { BatchStore, StagedLine, Turn } from './types.ts'

export interface RunTurnDeps {
  store: BatchStore
  staging: StagingSeal
  runLine: ReturnType<typeof createRunLine>
  newToken: () => string
  /** Runs a line when it does not hold up single exchanges. */
  courtesy: Pick<Courtesy, 'line'>
  /** Where a system wants to be told that its batch is finished. */
  noticeAddresses: (system: string) => readonly string[]
  /** Lines of one turn; the memory of a worker is bounded by it. */
  lines?: number
  /** Lines of a turn under way at once. */
  atOnce?: number
  leaseMs?: number
  /** Turns one member holds over all gateways: nobody's large batch keeps others out. */
  turnsPerMember?: number
}

export interface TurnRunner {
  /** Runs the turn that is due by fairness; false when there is none. Errors: `record.unavailable`; the turn is then free. */
  takeTurn(): Promise<boolean>
  /** No further line is begun; resolves when those under way have ended and their turns are handed back. */
  stop(): Promise<void>
}

/** Runs stretches of lines, at most `atOnce` at a time, for as long as the lease holds and nobody cancels. */
export function createTurnRunner(deps: RunTurnDeps): TurnRunner {
  const { store, lines = 100, atOnce = 4, leaseMs = 10_000, turnsPerMember = 2 } = deps
  let stopping = false
  const underWay = new Set<Promise<void>>()

  async function run(turn: Turn): Promise<void> {
    const request = requestOf(turn)
    // What a worker before us recorded is finished with it, and is not asked again.
    const waiting = await store.unfinished(turn)
    const begun = waiting.length
    let state: 'held' | 'cancelled' | 'lost' = await store.renew(turn, leaseMs)
    let failure: unknown
    const renewing = setInterval(() => {
      store.renew(turn, leaseMs).then(
        (next) => {
          state = next
        },
        () => undefined, // the lease may run out meanwhile; the log decides then
      )
    }, leaseMs / 4)
    const goesOn = (): boolean => !stopping && failure === undefined && state === 'held'
    async function lane(): Promise<void> {
      for (let staged = next(waiting); staged !== undefined && goesOn(); staged = next(waiting)) {
        const line = staged
        // Looked at again: whoever stood back may have stood long.
        const run = async (): Promise<void> => (goesOn() ? await deps.runLine(turn, request, line) : undefined)
        await deps.courtesy.line(run).catch((thrown) => {
          failure ??= thrown
        })
      }
    }
    try {
      await Promise.all(Array.from({ length: atOnce }, lane))
    } finally {
      clearInterval(renewing)
    }
    await finish(turn, begun, failure)
  }

  async function finish(turn: Turn, begun: number, failure: unknown): Promise<void> {
    const left = await store.unfinished(turn)
    const state = await store.renew(turn, leaseMs)
    if (state === 'lost') return
    if (left.length > 0 && state === 'held') {
      await store.release(turn, stopping || left.length < begun)
      if (failure !== undefined) throw failure
      return
    }
    await store.end(turn, deps.noticeAddresses(turn.batch.system))
  }

  function requestOf({ batch }: Turn): StoredRequest {
    return JSON.parse(deps.staging.open(batch, 'request', 0, batch.sealedRequest!).toString()) as StoredRequest
  }

  return {
    async takeTurn() {
      if (stopping) return false
      const turn = await store.claim({ token: deps.newToken(), lines, leaseMs, turnsPerMember })
      if (turn === undefined) return false
      const running = run(turn)
      underWay.add(running)
      try {
        await running
      } finally {
        underWay.delete(running)
      }
      return true
    },
    async stop() {
      stopping = true
      await Promise.allSettled(underWay)
    },
  }
}

const next = (waiting: StagedLine[]): StagedLine | undefined => waiting.shift()
