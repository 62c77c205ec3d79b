import { HASH_BYTES, nodeHash } from './leaf.ts'
import { TILE_WIDTH, type TileName, tileWidth } from './tile-path.ts'
import { perfectRoot, splitHashes } from './tree.ts'

/** Gives the root of the perfect subtree over entries `index·2^height` up to `(index+1)·2^height`. */
export type Nodes = (height: number, index: number) => Promise<Buffer>

export type ReadTile = (name: TileName) => Promise<Buffer | undefined>

/** A tile that a tree of this size has, and the log does not give. */
export class TileMissing extends Error {
  override readonly name = 'TileMissing'
  constructor(readonly tile: TileName) {
    super(`tile of level \`${tile.kind}\`, index \`${tile.index}\` is missing or too short`)
  }
}

/** Nodes of a tree of `size` entries, taken from its tiles; each tile is asked for once. */
export function tileNodes(read: ReadTile, size: number): Nodes {
  const tiles = new Map<string, Promise<Buffer>>()

  async function load(level: number, index: number): Promise<Buffer> {
    const name = { kind: level, index, width: tileWidth(level, index, size) }
    const partial = name.width > 0 ? await read(name) : undefined
    // A partial tile may go once the full one exists; the full one begins with it.
    const tile = partial ?? (name.width > 0 ? await read({ ...name, width: TILE_WIDTH }) : undefined)
    if (tile === undefined || tile.length < name.width * HASH_BYTES) throw new TileMissing(name)
    return tile
  }

  return async (height, index) => {
    const level = Math.floor(height / 8)
    const count = 2 ** (height % 8)
    const first = index * count
    const tileIndex = Math.floor(first / TILE_WIDTH)
    const key = `${level}/${tileIndex}`
    let tile = tiles.get(key)
    if (tile === undefined) {
      tile = load(level, tileIndex)
      tiles.set(key, tile)
    }
    const at = (first % TILE_WIDTH) * HASH_BYTES
    return perfectRoot(splitHashes((await tile).subarray(at, at + count * HASH_BYTES)))
  }
}

/** Largest power of two smaller than `n` (n ≥ 2): where RFC 6962 splits a tree. */
export function splitPoint(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** Root over entries `from` up to `to`, a range that occurs as a subtree. Source: RFC 6962 §2.1 (MTH). */
export async function rangeRoot(nodes: Nodes, from: number, to: number): Promise<Buffer> {
  const count = to - from
  const height = Math.log2(count)
  if (Number.isInteger(height)) return nodes(height, from / count)
  const k = splitPoint(count)
  const [left, right] = await Promise.all([rangeRoot(nodes, from, from + k), rangeRoot(nodes, from + k, to)])
  return nodeHash(left, right)
}
