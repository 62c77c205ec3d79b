import pg from 'pg'
import { HASH_BYTES, leafHash } from '../../../log/leaf.ts'
import { found, type LogFault, LogFaultFound } from '../../../log/log-report.ts'
import { columnBesideEntry } from '../../../log/record-columns.ts'
import { TILE_WIDTH } from '../../../log/tile-path.ts'
import { columnsOf, type RecordRow } from './record-row.ts'

interface Row extends RecordRow {
  entry: Buffer
  known_index: string | null
}

export interface RecordsChecked {
  checked: number
  fault: LogFault | null
}

/** Tiles checked per query. */
const TILES = 8

/**
 * Holds the records in the database against the published tree: every index is there once, with the entry that was
 * logged, the columns that are searched by, and the id that leads to it. The tree itself is `verifyLog`'s to check, and
 * should be first.
 *
 * Errors: the database's own.
 */
export async function checkRecords(
  url: string,
  onProgress: (checked: number, size: number) => void = () => {},
): Promise<RecordsChecked> {
  const client = new pg.Client({ connectionString: url, application_name: 'guanyi-log-check', query_timeout: 60_000 })
  await client.connect()
  let checked = 0
  try {
    const { rows } = await client.query<{ size: string; lowest_kept: string }>('select size, lowest_kept from log_tree')
    const [size, lowestKept] = [Number(rows[0]?.size), Number(rows[0]?.lowest_kept)]
    for (let from = lowestKept; from < size; from += TILES * TILE_WIDTH) {
      const to = Math.min(size, from + TILES * TILE_WIDTH)
      checkRows(from, to, await leavesOf(client, from, to), await recordsOf(client, from, to))
      checked += to - from
      onProgress(checked, size - lowestKept)
    }
    return { checked, fault: null }
  } catch (thrown) {
    if (thrown instanceof LogFaultFound) return { checked, fault: thrown.fault }
    throw thrown
  } finally {
    await client.end()
  }
}

async function leavesOf(client: pg.Client, from: number, to: number): Promise<Buffer> {
  const { rows } = await client.query<{ hashes: Buffer }>(
    `select hashes from log_tiles where family = 'sha256' and level = 0 and index >= $1 and index < $2 order by index`,
    [from / TILE_WIDTH, Math.ceil(to / TILE_WIDTH)],
  )
  return Buffer.concat(rows.map(({ hashes }) => hashes))
}

async function recordsOf(client: pg.Client, from: number, to: number): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `select r.*, e.index as known_index from records r left join exchange_ids e on e.exchange_id = r.exchange_id
      where r.index >= $1 and r.index < $2 order by r.index, r.recorded_at`,
    [from, to],
  )
  return rows
}

function checkRows(from: number, to: number, leaves: Buffer, rows: readonly Row[]): void {
  for (let index = from; index < to; index += 1) {
    const row = rows[index - from]
    if (row === undefined || Number(row.index) !== index)
      throw found(
        'entry',
        index,
        `数据库中第 ${index} 条记录缺失或重复`,
        `record ${index} is missing from the database, or there twice`,
      )
    const at = (index - from) * HASH_BYTES
    if (!leafHash(row.entry).equals(leaves.subarray(at, at + HASH_BYTES)))
      throw found(
        'entry',
        index,
        `数据库中第 ${index} 条记录与日志不符`,
        `record ${index} in the database is not the one that was logged`,
      )
    const column =
      columnBesideEntry({
        exchangeId: row.exchange_id,
        recordedAtMs: row.recorded_at.getTime(),
        entry: row.entry,
        columns: columnsOf(row),
      }) ?? (Number(row.known_index) === index && row.known_index !== null ? undefined : 'exchange_ids')
    if (column !== undefined)
      throw found(
        'entry',
        index,
        `第 ${index} 条记录的检索列 ${column} 与记录不符`,
        `column ${column} of record ${index} contradicts its entry`,
      )
  }
}
