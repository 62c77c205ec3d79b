import type { LogView, StoredCheckpoint } from '../ports/log-store.ts'
import { decodeBundle, encodeBundle } from './entry-bundle.ts'
import { HASH_BYTES } from './leaf.ts'
import type { LogReader } from './log-reader.ts'
import { parseTilePath, TILE_WIDTH, type TileName } from './tile-path.ts'

/** A checkpoint as it is published, with whatever cosignatures it has by now. */
export const publishedNote = ({ note, cosignatures }: StoredCheckpoint): string => note + cosignatures

/** The published log out of its store. Every narrower tile is served as the beginning of the one that is kept. */
export function viewReader(view: LogView): LogReader {
  async function hashTile(kind: number | 'sm3', { index, width }: TileName): Promise<Buffer | undefined> {
    const tile = await view.tile(kind, index)
    return tile !== undefined && tile.length >= width * HASH_BYTES ? tile.subarray(0, width * HASH_BYTES) : undefined
  }

  async function bundle({ index, width }: TileName): Promise<Buffer | undefined> {
    const full = await view.bundle(index)
    if (full !== undefined) return width === TILE_WIDTH ? full : encodeBundle(decodeBundle(full, width))
    if (width === TILE_WIDTH) return undefined
    // Only as far as the tree covers: what is not in a tile yet may not be shown as logged.
    if ((await hashTile(0, { kind: 0, index, width })) === undefined) return undefined
    if ((await view.tree()).lowestKept >= (index + 1) * TILE_WIDTH) return undefined
    return encodeBundle(await view.entries(index * TILE_WIDTH, index * TILE_WIDTH + width))
  }

  return {
    async get(path) {
      if (path === 'lowest-kept') return Buffer.from(`${(await view.tree()).lowestKept}\n`)
      if (path === 'checkpoint' || path === 'sm3-head') {
        const latest = await view.latestCheckpoint()
        if (latest === undefined) return undefined
        return Buffer.from(path === 'checkpoint' ? publishedNote(latest) : latest.sm3Note)
      }
      const name = parseTilePath(path)
      if (name === undefined) return undefined
      return name.kind === 'entries' ? bundle(name) : hashTile(name.kind, name)
    },
  }
}
