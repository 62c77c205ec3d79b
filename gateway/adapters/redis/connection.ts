import { Redis, type RedisOptions } from 'ioredis'

export interface RedisLinkOptions {
  /** An answer later than this counts as none. */
  commandTimeoutMs?: number
  /** After an unanswered command Redis is left alone for this long, so that one black hole costs one wait and not one per exchange. */
  quietMs?: number
  /** Told whenever Redis comes or goes, and of errors Redis itself answered with; the place for logs and metrics. */
  onState?: (state: 'up' | 'away', cause?: Error) => void
  onError?: (error: Error) => void
  now?: () => number
}

/** One shared connection for short commands on the path of an exchange. */
export interface RedisLink {
  /**
   * Runs one round trip, or answers `otherwise()`: at once while Redis is away, after `commandTimeoutMs` at most when it
   * goes silent, and when it answers with an error. Never throws what Redis did. Commands issued in the same tick,
   * also by different adapters, travel together: they cost one round trip.
   */
  attempt<T>(work: (client: Redis) => Promise<T>, otherwise: () => T | Promise<T>): Promise<T>
  isUp(): boolean
  /** True once connected, false when that took longer than `withinMs`; for start-up and `/readyz`. */
  whenUp(withinMs: number): Promise<boolean>
  close(): Promise<void>
}

const COMMAND_TIMEOUT_MS = 300
const QUIET_MS = 500

/**
 * Opens a link and returns at once; the connection comes up by itself, now and after every loss.
 *
 * Source: measured: without `commandTimeout` and `maxRetriesPerRequest` a dead Redis makes commands hang (ioredis 6).
 */
export function openRedisLink(url: string, options: RedisLinkOptions = {}): RedisLink {
  const { commandTimeoutMs = COMMAND_TIMEOUT_MS, quietMs = QUIET_MS, now = Date.now, onState, onError } = options
  const client = new Redis(url, {
    ...exchangeOptions,
    commandTimeout: commandTimeoutMs,
    socketTimeout: 2 * commandTimeoutMs,
  })
  let up = false
  let quietUntilMs = 0
  const turn = (next: boolean, cause?: Error) => {
    if (up === next) return
    up = next
    onState?.(next ? 'up' : 'away', cause)
  }
  client.on('error', (error: Error) => turn(false, error)) // unheard, it would end the process
  client.on('close', () => turn(false))
  client.on('ready', () => {
    quietUntilMs = 0
    turn(true)
  })
  client.connect().catch(() => undefined) // it keeps trying by itself

  return {
    async attempt(work, otherwise) {
      if (client.status !== 'ready' || now() < quietUntilMs) return otherwise()
      try {
        const value = await work(client)
        turn(true)
        return value
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error('redis command failed')
        if (error.name === 'ReplyError') onError?.(error)
        else {
          quietUntilMs = now() + quietMs
          turn(false, error)
        }
        return otherwise()
      }
    },
    isUp: () => up,
    async whenUp(withinMs) {
      if (client.status === 'ready') return true
      return new Promise((resolve) => {
        const settle = (answer: boolean) => {
          clearTimeout(timer)
          client.off('ready', onReady)
          resolve(answer)
        }
        const onReady = () => settle(true)
        const timer = setTimeout(settle, withinMs, false)
        client.once('ready', onReady)
      })
    },
    async close() {
      client.disconnect()
    },
  }
}

/** A connection for BullMQ: it blocks on purpose and waits out a loss, which an exchange must never do. */
export function openQueueRedis(url: string, onError: (error: Error) => void): Redis {
  const client = new Redis(url, { ...keepTrying, maxRetriesPerRequest: null, connectTimeout: 2_000 })
  client.on('error', onError)
  return client
}

/** Resolves once Redis has been away for a moment: BullMQ would wait for it for ever when it closes. */
export async function onceAway(connection: Redis): Promise<void> {
  for (let away = 0; away < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 100).unref())
    away = connection.status === 'ready' ? 0 : away + 1
  }
}

const keepTrying = {
  retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times - 1, 5), 1_000) + Math.floor(Math.random() * 100),
  keepAlive: 10_000,
} satisfies RedisOptions

const exchangeOptions = {
  ...keepTrying,
  lazyConnect: true,
  connectTimeout: 1_000,
  maxRetriesPerRequest: 1,
  // Refused at once while away, instead of queued until it is back.
  enableOfflineQueue: false,
  // Commands of one tick go out in one write: under load that is the larger part of what a command costs here.
  enableAutoPipelining: true,
  // A count must not be sent twice because the answer to the first was lost.
  autoResendUnfulfilledCommands: false,
} satisfies RedisOptions
