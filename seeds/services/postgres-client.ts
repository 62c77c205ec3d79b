import { readFileSync } from 'node:fs'
import { Client } from 'pg'

/** Waits until the server takes queries; gives up when its process has ended or after 60 s (recovery after a crash takes time). */
export async function waitUntilReady(url: string, hasEnded: () => boolean): Promise<void> {
  let last: unknown
  for (const giveUpAt = Date.now() + 60_000; Date.now() < giveUpAt; ) {
    if (hasEnded()) throw new Error('the server process ended while starting', { cause: last })
    try {
      return await withClient(url, async (client) => void (await client.query('SELECT 1')))
    } catch (thrown) {
      last = thrown
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  throw new Error('the server was not ready within 60 s', { cause: last })
}

/** Makes an empty database (UTF8, locale C) and gives the same URL with its name. */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  await withClient(adminUrl, (client) =>
    client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`),
  )
  const url = new URL(adminUrl)
  url.pathname = `/${encodeURIComponent(name)}`
  return url.href
}

/** Removes a database, ending whoever is still connected to it. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`),
  )
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {}) // a server that goes away is reported by the query that fails
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** The last lines a server wrote, on one line. */
export function tailOf(logFile: string, lines = 4): string {
  try {
    return readFileSync(logFile, 'utf8').trim().split('\n').slice(-lines).join(' | ')
  } catch {
    return `(${logFile})`
  }
}
