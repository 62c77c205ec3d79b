import { startRedis } from '../../seeds/services/redis.ts'

/** Run as a process of its own by `redis-lifecycle.test.ts`, which kills it: starts a server, says so, and waits. */
const [, , stateDir = ''] = process.argv
await startRedis({ stateDir, persistent: false, log: () => {}, givenUrl: null })
console.log('started')
setInterval(() => {}, 60_000)
