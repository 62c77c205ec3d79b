import pg from 'pg'

export interface GrantListenerOptions {
  url: string
  /** Called with every version announced, and with `undefined` after a (re)connection: notices may have been missed. */
  onNotice: (version: bigint | undefined) => void
  retryMs?: number
}

/** Hears of grant changes as they commit. Only for speed: whoever uses it polls as well, since a notice can be lost. */
export function createGrantListener({ url, onNotice, retryMs = 500 }: GrantListenerOptions): {
  close(): Promise<void>
} {
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  let closed = false

  async function listen(): Promise<void> {
    const mine = new pg.Client({
      connectionString: url,
      application_name: 'guanyi-grants-listener',
      connectionTimeoutMillis: 2000,
      query_timeout: 2000,
      keepAlive: true,
    })
    client = mine
    mine.on('error', () => {})
    mine.on('notification', ({ payload }) => onNotice(payload && /^\d+$/.test(payload) ? BigInt(payload) : undefined))
    mine.once('end', again)
    try {
      await mine.connect()
      await mine.query('listen guanyi_authorisation')
      onNotice(undefined)
    } catch {
      mine.end().catch(() => {})
      again()
    }
  }

  function again(): void {
    if (closed) return
    clearTimeout(retry)
    retry = setTimeout(() => void listen(), retryMs)
  }

  void listen()
  return {
    async close() {
      closed = true
      clearTimeout(retry)
      await client?.end().catch(() => {})
    },
  }
}
