import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './leaf.ts'
import { hashesAtLevel, TILE_WIDTH } from './tile-path.ts'

/**
 * The right edge of a tree: all that is needed to let it grow. `levels[l]` are the hashes of the partial tile at level
 * l, left to right, 0 to 255 of them.
 */
export interface Edge {
  size: number
  levels: readonly (readonly Buffer[])[]
}

export interface HashTile {
  level: number
  index: number
  /** 1 to 256 hashes in a row. */
  hashes: Buffer
}

export const EMPTY_EDGE: Edge = { size: 0, levels: [] }

/**
 * Appends leaf hashes. `tiles` are all that changed on the way: every one completed, and the partial ones at the end.
 *
 * Source: C2SP tlog-tiles: a hash of level l+1 is the root of a full tile of level l; partial tiles are not hashed up.
 */
export function growTree(edge: Edge, leaves: readonly Buffer[]): { edge: Edge; tiles: HashTile[] } {
  const levels = edge.levels.map((hashes) => [...hashes])
  const tiles: HashTile[] = []
  const changed = new Set<number>()
  let size = edge.size

  const push = (level: number, hash: Buffer): void => {
    levels[level] ??= []
    const hashes = levels[level]
    hashes.push(hash)
    changed.add(level)
    if (hashes.length < TILE_WIDTH) return
    tiles.push({ level, index: hashesAtLevel(level, size) / TILE_WIDTH - 1, hashes: Buffer.concat(hashes) })
    levels[level] = []
    changed.delete(level)
    push(level + 1, perfectRoot(hashes))
  }
  for (const leaf of leaves) {
    size += 1
    push(0, leaf)
  }
  for (const level of [...changed].sort((a, b) => a - b)) {
    const hashes = levels[level] as Buffer[]
    const index = Math.floor(hashesAtLevel(level, size) / TILE_WIDTH)
    tiles.push({ level, index, hashes: Buffer.concat(hashes) })
  }
  return { edge: { size, levels }, tiles }
}

/** Root of the tree the edge belongs to. */
export function rootOf(edge: Edge): Buffer {
  const frontier = [...edge.levels].reverse().flatMap(perfectSubtrees)
  let root = frontier.pop()
  if (root === undefined) return EMPTY_ROOT
  while (frontier.length > 0) root = nodeHash(frontier.pop() as Buffer, root)
  return root
}

/** Roots of the largest perfect subtrees over a row of hashes, left to right. */
function perfectSubtrees(hashes: readonly Buffer[]): Buffer[] {
  const roots: Buffer[] = []
  let from = 0
  for (let width = TILE_WIDTH / 2; width >= 1; width /= 2) {
    if ((hashes.length & width) === 0) continue
    roots.push(perfectRoot(hashes.slice(from, from + width)))
    from += width
  }
  return roots
}

/** Root over a power of two of hashes. */
export function perfectRoot(hashes: readonly Buffer[]): Buffer {
  let row = hashes
  while (row.length > 1) {
    const above: Buffer[] = []
    for (let i = 0; i < row.length; i += 2) above.push(nodeHash(row[i] as Buffer, row[i + 1] as Buffer))
    row = above
  }
  return row[0] as Buffer
}

export function splitHashes(tile: Buffer): Buffer[] {
  const hashes: Buffer[] = []
  for (let at = 0; at + HASH_BYTES <= tile.length; at += HASH_BYTES) hashes.push(tile.subarray(at, at + HASH_BYTES))
  return hashes
}
