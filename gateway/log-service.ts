import { setTimeout as sleep } from 'node:timers/promises'
import { createLogAnchor } from './adapters/files/log-anchor.ts'
import { createPostgresRecordPlaces } from './adapters/postgres/log/places.ts'
import { createPostgresLogStore } from './adapters/postgres/log/store.ts'
import { ExchangeError } from './errors/exchange-error.ts'
import { followLog } from './jobs/follow-log.ts'
import { type Integration, startIntegration } from './jobs/integrate-log.ts'
import { createWitnessRounds } from './jobs/witness-round.ts'
import { SigningRefused } from './log/continuity.ts'
import type { LogReader } from './log/log-reader.ts'
import { createLogSigners, type LogSigners } from './log/log-signers.ts'
import { parseVkey } from './log/note-key.ts'
import { proveRecord } from './log/prove.ts'
import { viewReader } from './log/view-reader.ts'
import type { CryptoProvider, SigningKey } from './ports/crypto.ts'
import type { LogHold, LogView, StoredCheckpoint } from './ports/log-store.ts'
import type { RecordPlace } from './ports/record-places.ts'
import { createWitnessClient } from './witness/client.ts'

/** Gauges, told after every pass; ages in seconds. */
export type LogMetric =
  | 'log_tree_size'
  | 'log_records_waiting'
  | 'log_checkpoint_age_seconds'
  | 'log_cosignature_age_seconds'
  | 'log_signing_refused' // 1 while nothing is signed because that would fork the log
  | 'log_integration_failed' // 1 while passes fail for any other reason (database away, anchor not writable)

export interface LogServiceOptions {
  /** The service role's URL of PostgreSQL. */
  url: string
  crypto: CryptoProvider
  /** Ed25519, for life. */
  logKey: SigningKey
  /** SM2, for life. */
  sm2Key: SigningKey
  /** The gateway id, for life. */
  origin: string
  /** Outside the database and its backups: `<keys dir>/log-anchor.json`. */
  anchorFile: string
  witness?: { url: string; vkey: string }
  now: () => number
  /** Told what an operator should know; no personal value. */
  log: (line: string) => void
  onMetric?: (name: LogMetric, value: number) => void
  /** Between passes. Default 400: a checkpoint is at most 1 s behind. */
  intervalMs?: number
  /** Longest pause after a failure or while signing is refused. Default 5,000. */
  maxRetryMs?: number
  /** After how much silence an integrating process is taken to be frozen. Default 10,000. */
  stuckAfterMs?: number
}

export interface LogReadiness {
  /** False while signing is refused or failing: records go on being written, and no checkpoint will cover them. */
  ready: boolean
  /** `integrating`: this process makes the log grow; `following`: another does, or none yet. */
  role: 'integrating' | 'following'
  /** Why nothing is signed; null while all is well. */
  refusal: string | null
  /** Code of what else keeps the log from growing; null while nothing does. */
  fault: string | null
  size: number
  checkpointAgeMs: number | null
}

export interface LogService {
  /** Answers at once; the log is integrated in the background from then on. */
  start(): void
  stop(): Promise<void>
  readiness(): LogReadiness
  reader: LogReader
  view: LogView
  signers: LogSigners
  locate(of: { exchangeId: string } | { index: number }): Promise<RecordPlace | undefined>
  /** Receipt of a record; waits for a checkpoint that covers it. Errors: `proof.pending`, `record.unavailable`. */
  prove(place: RecordPlace, waitMs?: number): Promise<string>
  /** Both in one; `undefined` when there is no such record. */
  proofOf(of: { exchangeId: string } | { index: number }, waitMs?: number): Promise<string | undefined>
}

const FIRST_RETRY_MS = 500
const REPEAT_MS = 60_000
const PROOF_WAIT_MS = 2000
const PROOF_POLL_MS = 100

/** The published log of one gateway process: integrates when no other process does, and serves it in any case. */
export function createLogService(options: LogServiceOptions): LogService {
  const { url, crypto, origin, anchorFile, now, log, onMetric = () => {} } = options
  const { intervalMs = 400, maxRetryMs = 5000, stuckAfterMs = 10_000 } = options
  const signers = createLogSigners(crypto, origin, options.logKey, options.sm2Key)
  const store = createPostgresLogStore({ url, stuckAfterMs })
  const places = createPostgresRecordPlaces({ url })
  const anchor = createLogAnchor(anchorFile)
  const witness = options.witness
  const client =
    witness === undefined ? null : createWitnessClient({ url: witness.url, key: parseVkey(witness.vkey), crypto })
  const stopping = new AbortController()

  let hold: LogHold | undefined
  let integration: Integration | undefined
  let refusal: SigningRefused | undefined
  let fault: string | undefined
  let toldAtMs = Number.NEGATIVE_INFINITY
  let latest: StoredCheckpoint | undefined
  let cosignedAtMs = now()
  let running: Promise<void> = Promise.resolve()
  let look: { atMs: number; latest: Promise<StoredCheckpoint | undefined> } | undefined

  /** One pass as integrator or follower; answers how long to pause after it. */
  async function turn(): Promise<number> {
    hold ??= await store.hold()
    if (hold === undefined) {
      latest = await followLog({ view: store, signers, anchor })
      tell(0)
      return intervalMs * 2
    }
    integration ??= await startIntegration({
      hold,
      signers,
      anchor,
      witness: client === null ? null : createWitnessRounds(client, log),
      now,
      note: log,
    })
    const { checkpoint, waiting } = await integration.pass()
    latest = checkpoint
    tell(waiting)
    return waiting > 0 ? 0 : intervalMs
  }

  function tell(waiting: number): void {
    if (refusal !== undefined || fault !== undefined) log('日志恢复签发 the log is signed again')
    refusal = undefined
    fault = undefined
    toldAtMs = Number.NEGATIVE_INFINITY
    onMetric('log_tree_size', latest?.size ?? 0)
    onMetric('log_records_waiting', waiting)
    if (latest !== undefined) onMetric('log_checkpoint_age_seconds', (now() - latest.signedAtMs) / 1000)
    tellHealth()
  }

  function tellHealth(): void {
    onMetric('log_signing_refused', refusal === undefined ? 0 : 1)
    onMetric('log_integration_failed', fault === undefined ? 0 : 1)
    cosignedAtMs = latest?.cosignedAtMs ?? cosignedAtMs
    if (client !== null) onMetric('log_cosignature_age_seconds', (now() - cosignedAtMs) / 1000)
  }

  async function run(): Promise<void> {
    let pauseMs = FIRST_RETRY_MS
    while (!stopping.signal.aborted) {
      let nextMs: number
      try {
        nextMs = await turn()
        pauseMs = FIRST_RETRY_MS
      } catch (thrown) {
        integration = undefined
        if (thrown instanceof SigningRefused) refused(thrown)
        else await lost(thrown)
        nextMs = Math.min(maxRetryMs, pauseMs)
        pauseMs = Math.min(maxRetryMs, pauseMs * 2)
      }
      await sleep(nextMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  /** The hold is kept: another process might know less than this one and sign. */
  function refused(thrown: SigningRefused): void {
    const again = refusal?.reason === thrown.reason
    refusal = thrown
    fault = undefined
    complain(again, `日志拒绝签发（${thrown.reason}）：${thrown.zh} LOG SIGNING REFUSED: ${thrown.message}`)
  }

  async function lost(thrown: unknown): Promise<void> {
    const { name, code } = thrown as { name?: string; code?: string }
    const again = fault !== undefined
    fault = code ?? name ?? 'unknown'
    complain(again, `日志汇集中断，稍后重试 log integration interrupted: ${fault}`)
    const ended = hold
    hold = undefined
    await ended?.release()
  }

  /** Loudly at first, then once a minute. */
  function complain(again: boolean, line: string): void {
    tellHealth()
    if (stopping.signal.aborted || (again && now() - toldAtMs < REPEAT_MS)) return
    toldAtMs = now()
    log(line)
  }

  /** Many may wait for the next checkpoint; they look together. */
  function latestCheckpoint(): Promise<StoredCheckpoint | undefined> {
    if (look === undefined || performance.now() - look.atMs >= PROOF_POLL_MS / 2)
      look = { atMs: performance.now(), latest: store.latestCheckpoint() }
    return look.latest.catch((cause) => {
      throw new ExchangeError('record.unavailable', 'the log could not be read', { cause })
    })
  }

  async function prove(place: RecordPlace, waitMs = PROOF_WAIT_MS): Promise<string> {
    const until = performance.now() + waitMs
    for (;;) {
      const checkpoint = await latestCheckpoint()
      if (checkpoint !== undefined && checkpoint.size > place.index) return proveRecord(store, place, checkpoint)
      if (performance.now() >= until)
        throw new ExchangeError('proof.pending', 'no checkpoint covers the record yet', {
          headers: { 'retry-after': '1' },
        })
      await sleep(PROOF_POLL_MS)
    }
  }

  return {
    start() {
      running = run()
    },
    async stop() {
      if (stopping.signal.aborted) return
      stopping.abort()
      await running
      await hold?.release()
      await Promise.all([store.close(), places.close()])
    },
    readiness: () => ({
      ready: refusal === undefined && fault === undefined,
      role: hold === undefined ? 'following' : 'integrating',
      refusal: refusal?.reason ?? null,
      fault: fault ?? null,
      size: latest?.size ?? 0,
      checkpointAgeMs: latest === undefined ? null : now() - latest.signedAtMs,
    }),
    reader: viewReader(store),
    view: store,
    signers,
    locate: (of) => places.find(of),
    prove,
    async proofOf(of, waitMs) {
      const place = await places.find(of)
      return place === undefined ? undefined : prove(place, waitMs)
    },
  }
}
