import { Redis as Client } from 'ioredis'

/** Waits until the server answers (loading its append-only file takes time); gives up when it has ended or after 30 s. */
export async function waitUntilAnswers(url: string, hasEnded: () => boolean): Promise<void> {
  let last: unknown
  for (const giveUpAt = Date.now() + 30_000; Date.now() < giveUpAt; ) {
    if (hasEnded()) throw new Error('the server process ended while starting', { cause: last })
    try {
      await withRedis(url, (client) => client.ping())
      return
    } catch (thrown) {
      last = thrown
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  throw new Error('the server did not answer within 30 s', { cause: last })
}

/** Connects, asks, and lets go; never tries again by itself. */
export async function withRedis<T>(url: string, question: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: true,
    connectTimeout: 5_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return await question(client)
  } finally {
    client.disconnect()
  }
}
