import pg from 'pg'
import { contractBroken, errorCode, timedOut, unreachable } from '../failures.ts'

export type TextRow = Record<string, string | null>

export interface RowLimits {
  maxRows: number
  maxBytes: number
  statementTimeoutMs: number
}

/**
 * Runs one query in a read-only transaction and answers its rows, every value as PostgreSQL's text.
 *
 * Errors: `provider.contract` as soon as a row too many, or a byte too many, arrives; the connection is then to be
 *         thrown away. Driver errors come through as they are, for `toFailure`.
 */
export async function readRows(
  client: pg.PoolClient,
  text: string,
  values: (string | null)[],
  limits: RowLimits,
): Promise<TextRow[]> {
  // Dates and time stamps are then written the same way whatever the server's own settings are, in China's civil time.
  await client.query(
    `begin read only; set local statement_timeout = ${limits.statementTimeoutMs}; set local datestyle = 'ISO, YMD'; set local timezone = 'Asia/Shanghai'`,
  )
  const rows = await new Promise<TextRow[]>((resolve, reject) => {
    const found: TextRow[] = []
    let bytes = 0
    const query = new pg.Query<TextRow>({ text, values })
    // Row by row, so that a source that answers a million rows is stopped at the first too many.
    query.on('row', (row) => {
      for (const value of Object.values(row)) bytes += value?.length ?? 0
      if (found.length >= limits.maxRows) reject(contractBroken(`more than ${limits.maxRows} rows`))
      else if (bytes > limits.maxBytes) reject(contractBroken(`more than ${limits.maxBytes} characters`))
      else found.push(row)
    })
    query.on('error', reject)
    query.on('end', () => resolve(found))
    client.query(query)
  })
  await client.query('commit')
  return rows
}

/** Says which of the three a database error is, by its SQLSTATE; the message itself may quote values and is dropped. */
export function toFailure(thrown: unknown): Error {
  const code = errorCode(thrown)
  if (code === '57014') return timedOut('statement cancelled by the server')
  const isAnswer = /^[0-9A-Z]{5}$/.test(code) && !/^(08|28|3D|53|57|58)/.test(code)
  return isAnswer ? contractBroken(`SQLSTATE ${code}`) : unreachable(`database: ${code}`)
}
