import { createHash } from 'node:crypto'
import type { ExchangeLog, RecordDraft } from '../../gateway/ports/exchange-log.ts'
import type { MigratedDatabase } from '../adapters/postgres/database.ts'
import { draft } from '../conformance/exchange-log.ts'

export const RESTRICT_VIOLATION = '23001'

/** `months` before now, a day more for good measure. */
export function monthsAgo(months: number): number {
  const then = new Date()
  then.setUTCMonth(then.getUTCMonth() - months)
  return then.getTime() - 5 * 86_400_000
}

/** A draft recorded then, as a gateway of that time would have left it. */
export const recordedAt = (ms: number, changes: Partial<RecordDraft> = {}): RecordDraft =>
  draft({ recordedAtMs: ms, requestId: null, ...changes })

export async function append(log: ExchangeLog, drafts: RecordDraft[]): Promise<bigint[]> {
  const indexes: bigint[] = []
  for (let at = 0; at < drafts.length; at += 400) {
    for (const result of await log.appendAll(drafts.slice(at, at + 400))) {
      if (result.status !== 'recorded') throw new Error(result.status)
      indexes.push(result.index)
    }
  }
  return indexes
}

/** Lets the published tree cover everything recorded, as the integrator would; only its size matters here. */
export async function coverAll(database: MigratedDatabase): Promise<void> {
  const [head] = await database.sql<{ size: string }>('select size from log_head')
  const [tree] = await database.sql<{ size: string; root: Buffer }>('select size, root from log_tree')
  const [size, from] = [Number(head!.size), Number(tree!.size)]
  const bundles = Array.from(
    { length: Math.floor(size / 256) - Math.floor(from / 256) },
    (_, n) => n + Math.floor(from / 256),
  )
  const root = createHash('sha256').update(String(size)).digest()
  await database.sql(`select grow_log($1, $2, $3, $4, $4, '{}', '{}', '{}', '{}', $5, $6)`, [
    from,
    tree!.root,
    size,
    root,
    bundles,
    bundles.map(() => Buffer.from('bundle')),
  ])
}
