import { type Connection, createConnection } from 'mysql2/promise'

/** Waits until the server takes queries; gives up when its process has ended or after 60 s (recovery after a crash takes time). */
export async function waitUntilMariadbAnswers(url: string, hasEnded: () => boolean): Promise<void> {
  let last: unknown
  for (const giveUpAt = Date.now() + 60_000; Date.now() < giveUpAt; ) {
    if (hasEnded()) throw new Error('the server process ended while starting', { cause: last })
    try {
      return await withMariadb(url, async (client) => void (await client.query('SELECT 1')))
    } catch (thrown) {
      last = thrown
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error('the server was not ready within 60 s', { cause: last })
}

/** Makes an empty database (utf8mb4) and gives the same URL with its name. */
export async function createMariadbDatabase(adminUrl: string, name: string): Promise<string> {
  await withMariadb(adminUrl, (client) =>
    client.query(`CREATE DATABASE ${client.escapeId(name)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`),
  )
  const url = new URL(adminUrl)
  url.pathname = `/${encodeURIComponent(name)}`
  return url.href
}

export async function withMariadb<T>(url: string, work: (client: Connection) => Promise<T>): Promise<T> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const client = await createConnection({
    host: hostname,
    port: port === '' ? 3306 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    charset: 'utf8mb4',
    connectTimeout: 5_000,
  })
  client.on('error', () => {}) // a server that goes away is reported by the query that fails
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
