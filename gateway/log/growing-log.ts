import type { Growth, LogView, TreeState } from '../ports/log-store.ts'
import { encodeBundle } from './entry-bundle.ts'
import { HASH_BYTES, leafHash } from './leaf.ts'
import { sm3Digest, sm3Link } from './sm3-chain.ts'
import { hashesAtLevel, levelsOf, TILE_WIDTH, tileWidth } from './tile-path.ts'
import { type Edge, growTree, rootOf, splitHashes } from './tree.ts'

/** Everything kept in memory to let the log grow: the tree's right edge and the entries of the bundle not yet full. */
export interface GrowingLog {
  tree: TreeState
  edge: Edge
  digests: readonly Buffer[]
  entries: readonly Buffer[]
}

/** What is stored does not add up to the root that was promised. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged'
}

/** Reads the edge of the tree back. Errors: `LogDamaged` when tiles or records are not those the root was made of. */
export async function loadGrowingLog(view: LogView): Promise<GrowingLog> {
  const { size, root, sm3Head } = await view.tree()
  // One after another: the view may be one connection, which answers one question at a time.
  const levels: Buffer[][] = []
  for (const level of levelsOf(size)) levels.push(await rightmost(view, level, size))
  const edge: Edge = { size, levels }
  if (!rootOf(edge).equals(root)) throw new LogDamaged('the tiles do not lead to the root of the tree')

  const from = Math.floor(size / TILE_WIDTH) * TILE_WIDTH
  const entries = from < size ? await view.entries(from, size) : []
  const digests = await rightmost(view, 'sm3', size)
  entries.forEach((entry, place) => {
    const same = edge.levels[0]?.[place]?.equals(leafHash(entry)) && digests[place]?.equals(sm3Digest(entry))
    if (!same) throw new LogDamaged(`record \`${from + place}\` is not the one that was logged`)
  })
  return { tree: { size, root, sm3Head }, edge, digests, entries }
}

/** Hashes of the partial tile at the right edge; none where the last tile is full. */
async function rightmost(view: LogView, kind: number | 'sm3', size: number): Promise<Buffer[]> {
  const index = Math.floor(hashesAtLevel(kind === 'sm3' ? 0 : kind, size) / TILE_WIDTH)
  const width = tileWidth(kind, index, size)
  if (width === 0) return []
  const tile = await view.tile(kind, index)
  if (tile === undefined || tile.length < width * HASH_BYTES) throw new LogDamaged(`a tile of \`${kind}\` is missing`)
  return splitHashes(tile.subarray(0, width * HASH_BYTES))
}

/** The log after these further entries, and what has to be stored for it. */
export function growLog(log: GrowingLog, added: readonly Buffer[]): { log: GrowingLog; growth: Growth } {
  const { edge, tiles: hashTiles } = growTree(log.edge, added.map(leafHash))
  const firstTile = Math.floor(log.tree.size / TILE_WIDTH)
  const addedDigests = added.map(sm3Digest)
  const digestTiles = inTiles([...log.digests, ...addedDigests])
  const entryTiles = inTiles([...log.entries, ...added])
  const full = entryTiles.filter((part) => part.length === TILE_WIDTH)
  const to: TreeState = { size: edge.size, root: rootOf(edge), sm3Head: addedDigests.reduce(sm3Link, log.tree.sm3Head) }
  const rest = <T>(parts: T[][]): T[] => parts[full.length] ?? []

  return {
    log: { tree: to, edge, digests: rest(digestTiles), entries: rest(entryTiles) },
    growth: {
      from: log.tree,
      to,
      tiles: [
        ...hashTiles.map(({ level, index, hashes }) => ({
          name: { kind: level, index, width: hashes.length / HASH_BYTES },
          hashes,
        })),
        ...digestTiles.map((part, place) => ({
          name: { kind: 'sm3' as const, index: firstTile + place, width: part.length },
          hashes: Buffer.concat(part),
        })),
      ],
      bundles: full.map((part, place) => ({ index: firstTile + place, bundle: encodeBundle(part) })),
    },
  }
}

function inTiles<T>(row: readonly T[]): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < row.length; at += TILE_WIDTH) parts.push(row.slice(at, at + TILE_WIDTH))
  return parts
}
