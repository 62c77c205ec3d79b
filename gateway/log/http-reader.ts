import type { LogReader } from './log-reader.ts'

export interface HttpReaderOptions {
  /** Address of the log, with or without its last slash: `https://gateway.example/log`. */
  url: string
  /** For entry bundles. */
  token?: string
  fetch?: typeof fetch
  timeoutMs?: number
}

/** The log would not show something: told apart from not having it. */
export class LogRefused extends Error {
  override readonly name = 'LogRefused'
  constructor(readonly status: number) {
    super(`the log answered with status \`${status}\``)
  }
}

const NOT_THERE = new Set([404, 410])

/** A log behind HTTP. Errors: `LogRefused` for any status but success and absence; the network's own. */
export function httpReader({ url, token, fetch: http = fetch, timeoutMs = 30_000 }: HttpReaderOptions): LogReader {
  const base = url.replace(/\/+$/, '')
  return {
    async get(path) {
      const response = await http(`${base}/${path}`, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (NOT_THERE.has(response.status)) {
        await response.body?.cancel()
        return undefined
      }
      if (!response.ok) {
        await response.body?.cancel()
        throw new LogRefused(response.status)
      }
      return Buffer.from(await response.arrayBuffer())
    },
  }
}
