import { nodeHash } from './leaf.ts'
import { type Nodes, rangeRoot, splitPoint } from './tile-nodes.ts'

/**
 * Hashes that show the tree of `newSize` entries to begin with the tree of `oldSize`. Empty from size 0 and for equal
 * sizes.
 *
 * Source: RFC 6962 §2.1.2 (PROOF, SUBPROOF).
 */
export async function consistencyProof(nodes: Nodes, oldSize: number, newSize: number): Promise<Buffer[]> {
  if (!(oldSize >= 0 && oldSize <= newSize)) throw new RangeError(`no proof from \`${oldSize}\` to \`${newSize}\``)
  if (oldSize === 0 || oldSize === newSize) return []
  const hashes: Promise<Buffer>[] = []
  let from = 0
  let to = newSize
  while (to !== oldSize) {
    const middle = from + splitPoint(to - from)
    if (oldSize <= middle) {
      hashes.push(rangeRoot(nodes, middle, to))
      to = middle
    } else {
      hashes.push(rangeRoot(nodes, from, middle))
      from = middle
    }
  }
  // The last subtree is the old root itself when it starts at 0, and then the verifier knows it.
  if (from > 0) hashes.push(rangeRoot(nodes, from, to))
  return (await Promise.all(hashes)).reverse()
}

export interface ConsistencyClaim {
  oldSize: number
  oldRoot: Buffer
  newSize: number
  newRoot: Buffer
  proof: readonly Buffer[]
}

/** Whether the new tree begins with the old one. Source: RFC 9162 §2.1.4.2. */
export function verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof }: ConsistencyClaim): boolean {
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(newSize) || oldSize < 0 || oldSize > newSize) return false
  if (oldSize === newSize) return proof.length === 0 && oldRoot.equals(newRoot)
  if (oldSize === 0) return proof.length === 0 // every tree begins with the empty one

  const powerOfTwo = Number.isInteger(Math.log2(oldSize))
  const [first, ...rest] = powerOfTwo ? [oldRoot, ...proof] : proof
  if (first === undefined || proof.length === 0) return false
  let place = oldSize - 1
  let last = newSize - 1
  while (place % 2 === 1) {
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  let oldHash = first
  let newHash = first
  for (const hash of rest) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      oldHash = nodeHash(hash, oldHash)
      newHash = nodeHash(hash, newHash)
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2)
        last = Math.floor(last / 2)
      }
    } else {
      newHash = nodeHash(newHash, hash)
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && oldHash.equals(oldRoot) && newHash.equals(newRoot)
}
