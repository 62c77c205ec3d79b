import { decodeBundle } from './entry-bundle.ts'
import { HASH_BYTES } from './leaf.ts'
import type { LogReader } from './log-reader.ts'
import { TILE_WIDTH, type TileName, tilePath } from './tile-path.ts'

/**
 * A tile as wide as asked, or `undefined`. A full tile stands in for a partial one that is gone, since it begins with it.
 *
 * Source: C2SP tlog-tiles, "Partial Tiles".
 */
export async function readHashTile(reader: LogReader, name: TileName): Promise<Buffer | undefined> {
  const bytes = name.width * HASH_BYTES
  const exact = await reader.get(tilePath(name))
  if (exact !== undefined) return exact.length === bytes ? exact : undefined
  const full = name.width < TILE_WIDTH ? await reader.get(tilePath({ ...name, width: TILE_WIDTH })) : undefined
  return full?.length === TILE_WIDTH * HASH_BYTES ? full.subarray(0, bytes) : undefined
}

/** The entries of a bundle, however many it holds; `undefined` where it is absent. Errors: `BundleError`. */
export async function readEntries(reader: LogReader, index: number, width: number): Promise<Buffer[] | undefined> {
  const exact = await reader.get(tilePath({ kind: 'entries', index, width }))
  if (exact !== undefined) return decodeBundle(exact)
  const full =
    width < TILE_WIDTH ? await reader.get(tilePath({ kind: 'entries', index, width: TILE_WIDTH })) : undefined
  return full === undefined ? undefined : decodeBundle(full, width)
}
