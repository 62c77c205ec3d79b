import canonicalize from 'canonicalize'
import type { LogView, StoredCheckpoint } from '../ports/log-store.ts'
import type { RecordPlace } from '../ports/record-places.ts'
import { inclusionPath } from './inclusion.ts'
import { leafHash } from './leaf.ts'
import { readHashTile } from './read-tiles.ts'
import { rangeRoot, tileNodes } from './tile-nodes.ts'
import { formatProof } from './tlog-proof.ts'
import { publishedNote, viewReader } from './view-reader.ts'

/** What stands in `extra`: with it the receipt can be checked offline, and its commitments opened. */
export interface ReceiptExtra {
  v: 1
  exchangeId: string
  /** The entry's exact bytes, base64. */
  entry: string
  /** Base64url; null once the record's side was erased. */
  salt: string | null
}

/** The record of this index is no longer the one that was logged: there is nothing that could be proved about it. */
export class RecordAltered extends Error {
  override readonly name = 'RecordAltered'
}

/**
 * The receipt of one record under a checkpoint that covers it: `.tlog-proof` text.
 *
 * Errors: `RecordAltered`; `TileMissing`.
 */
export async function proveRecord(view: LogView, place: RecordPlace, checkpoint: StoredCheckpoint): Promise<string> {
  const reader = viewReader(view)
  const nodes = tileNodes((name) => readHashTile(reader, name), checkpoint.size)
  const [leaf, path] = await Promise.all([
    rangeRoot(nodes, place.index, place.index + 1),
    inclusionPath(nodes, place.index, checkpoint.size),
  ])
  if (!leaf.equals(leafHash(place.entry))) throw new RecordAltered(`record \`${place.index}\` is not what was logged`)
  const extra: ReceiptExtra = {
    v: 1,
    exchangeId: place.exchangeId,
    entry: place.entry.toString('base64'),
    salt: place.salt?.toString('base64url') ?? null,
  }
  return formatProof({
    index: place.index,
    path,
    checkpoint: publishedNote(checkpoint),
    extra: Buffer.from(canonicalize(extra) as string),
  })
}
