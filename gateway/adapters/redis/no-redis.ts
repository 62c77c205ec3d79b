import type { RedisLink } from './connection.ts'

/** An installation without Redis: every attempt goes the other way, as if Redis were away for good. */
export const NO_REDIS: RedisLink = {
  attempt: async (_work, otherwise) => otherwise(),
  isUp: () => false,
  whenUp: async () => false,
  close: async () => undefined,
}
