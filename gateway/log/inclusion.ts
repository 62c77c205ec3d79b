import { nodeHash } from './leaf.ts'
import { type Nodes, rangeRoot, splitPoint } from './tile-nodes.ts'

/**
 * Sibling hashes from the leaf upwards that lead to the root of the tree of `size` entries.
 *
 * Source: RFC 6962 §2.1.1 (PATH).
 */
export async function inclusionPath(nodes: Nodes, index: number, size: number): Promise<Buffer[]> {
  if (!(index >= 0 && index < size)) throw new RangeError(`no entry \`${index}\` in a tree of \`${size}\``)
  const siblings: Promise<Buffer>[] = []
  let from = 0
  let to = size
  while (to - from > 1) {
    const middle = from + splitPoint(to - from)
    if (index < middle) {
      siblings.push(rangeRoot(nodes, middle, to))
      to = middle
    } else {
      siblings.push(rangeRoot(nodes, from, middle))
      from = middle
    }
  }
  return (await Promise.all(siblings)).reverse()
}

export interface InclusionClaim {
  index: number
  size: number
  leaf: Buffer
  path: readonly Buffer[]
  root: Buffer
}

/** Whether the path leads from the leaf at `index` to the root. Source: RFC 9162 §2.1.3.2. */
export function verifyInclusion({ index, size, leaf, path, root }: InclusionClaim): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  let place = index
  let last = size - 1
  let hash = leaf
  for (const sibling of path) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash)
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2)
        last = Math.floor(last / 2)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && hash.equals(root)
}
