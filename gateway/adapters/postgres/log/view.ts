import type pg from 'pg'
import { LogGap, type LogView, type StoredCheckpoint } from '../../../ports/log-store.ts'

/** A pool, or the one connection that holds the log. */
export type Queries = Pick<pg.ClientBase, 'query'>

interface CheckpointRow {
  size: string
  root: Buffer
  note: string
  sm3_note: string
  signed_at: Date
  cosignatures: string
  cosigned_at: Date | null
}

/** Reading the published log in PostgreSQL (010-log-tree). */
export function createLogView(queries: () => Queries): LogView {
  async function rows<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    const { rows: found } = await queries().query<Row>({ name: `log_${name}`, text, values })
    return found
  }
  async function checkpoint(name: string, text: string, values: unknown[] = []): Promise<StoredCheckpoint | undefined> {
    const [row] = await rows<CheckpointRow>(name, text, values)
    return row === undefined ? undefined : toCheckpoint(row)
  }

  return {
    async tree() {
      const [row] = await rows<{ size: string; root: Buffer; sm3_head: Buffer; lowest_kept: string }>(
        'tree',
        'select size, root, sm3_head, lowest_kept from log_tree',
      )
      const { size, root, sm3_head, lowest_kept } = row!
      return { size: Number(size), root, sm3Head: sm3_head, lowestKept: Number(lowest_kept) }
    },
    async tile(kind, index) {
      const [family, level] = kind === 'sm3' ? ['sm3', 0] : ['sha256', kind]
      const [row] = await rows<{ hashes: Buffer }>(
        'tile',
        'select hashes from log_tiles where family = $1 and level = $2 and index = $3',
        [family, level, index],
      )
      return row?.hashes
    },
    async bundle(index) {
      const [row] = await rows<{ entries: Buffer }>('bundle', 'select entries from log_bundles where index = $1', [
        index,
      ])
      return row?.entries
    },
    async entries(from, to) {
      const found = await rows<{ index: string; entry: Buffer }>(
        'entries',
        'select index, entry from records where index >= $1 and index < $2 order by index',
        [from, to],
      )
      const gap = found.findIndex(({ index }, place) => Number(index) !== from + place)
      if (gap >= 0 || found.length < to - from) throw new LogGap(from + (gap >= 0 ? gap : found.length))
      return found.map(({ entry }) => entry)
    },
    latestCheckpoint: () => checkpoint('latest', 'select * from log_checkpoints order by size desc limit 1'),
    checkpointFrom: (size) =>
      checkpoint('from', 'select * from log_checkpoints where size >= $1 order by size limit 1', [size]),
    async checkpoints(fromSize, limit) {
      const text = 'select * from log_checkpoints where size >= $1 order by size limit $2'
      return (await rows<CheckpointRow>('checkpoints', text, [fromSize, limit])).map(toCheckpoint)
    },
  }
}

const toCheckpoint = (row: CheckpointRow): StoredCheckpoint => ({
  size: Number(row.size),
  root: row.root,
  note: row.note,
  sm3Note: row.sm3_note,
  signedAtMs: row.signed_at.getTime(),
  cosignatures: row.cosignatures,
  cosignedAtMs: row.cosigned_at?.getTime() ?? null,
})
