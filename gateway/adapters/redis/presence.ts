import type { Presence } from '../../ports/presence.ts'
import type { RedisLink } from './connection.ts'

const KEY = 'guanyi:singles'
/** Said at most this often, and believed for twice as long. */
const SAID_EVERY_MS = 200
const BELIEVED_MS = 2 * SAID_EVERY_MS

export interface RedisPresenceOptions {
  link: RedisLink
  /** Monotonic milliseconds. */
  now?: () => number
  /** Whether to look at what others say; whoever only answers need not, nor who is alone. */
  looks: boolean
}

/** One key that lives a moment: gateways set it while they answer, workers look for it. */
export function createRedisPresence({ link, looks, now = () => performance.now() }: RedisPresenceOptions): Presence {
  let saidAt = Number.NEGATIVE_INFINITY
  let somebody = looks
  const look = async (): Promise<void> => {
    somebody = await link.attempt(
      async (redis) => (await redis.exists(KEY)) === 1,
      () => true,
    )
  }
  const timer = looks ? setInterval(() => void look(), SAID_EVERY_MS / 2) : undefined
  return {
    note() {
      const moment = now()
      if (moment - saidAt < SAID_EVERY_MS) return
      saidAt = moment
      void link.attempt<unknown>(
        (redis) => redis.set(KEY, '1', 'PX', BELIEVED_MS),
        () => undefined,
      )
    },
    somebodyWaits: () => somebody || now() - saidAt < BELIEVED_MS,
    close: () => clearInterval(timer),
  }
}
