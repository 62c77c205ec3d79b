import pg from 'pg'
import { contractBroken, errorCode, timedOut, unreachable } from '../failures.ts'
import type { RowLimits } from '../sql/sql-connector.ts'
import type { TextRows } from '../sql/text-rows.ts'

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
): Promise<TextRows> {
  // Dates and time stamps are then written the same way whatever the server's own settings are, in China's civil time.
  await client.query(
    `begin read only; set local statement_timeout = ${limits.statementTimeoutMs}; set local datestyle = 'ISO, YMD'; set local timezone = 'Asia/Shanghai'`,
  )
  const answer = await new Promise<TextRows>((resolve, reject) => {
    const rows: (string | null)[][] = []
    let bytes = 0
    const asked: pg.QueryArrayConfig = { text, values, rowMode: 'array' }
    const query = new pg.Query<(string | null)[]>(asked)
    // Row by row, so that a source that answers a million rows is stopped at the first too many.
    query.on('row', (row) => {
      for (const value of row) bytes += value?.length ?? 0
      if (rows.length >= limits.maxRows) reject(contractBroken(`more than ${limits.maxRows} rows`))
      else if (bytes > limits.maxBytes) reject(contractBroken(`more than ${limits.maxBytes} characters`))
      else rows.push(row)
    })
    query.on('error', reject)
    query.on('end', ({ fields }) => resolve({ columns: fields.map(({ name }) => name), rows }))
    client.query(query)
  })
  await client.query('commit')
  return answer
}

/** Says which of the three a database error is, by its SQLSTATE; the message itself may quote values and is dropped. */
export function toFailure(thrown: unknown): Error {
  const code = errorCode(thrown)
  if (code === '57014') return timedOut('statement cancelled by the server')
  const isAnswer = /^[0-9A-Z]{5}$/.test(code) && !/^(08|28|3D|53|57|58)/.test(code)
  return isAnswer ? contractBroken(`SQLSTATE ${code}`) : unreachable(`database: ${code}`)
}
