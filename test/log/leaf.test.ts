import { describe, expect, it } from 'vitest'
import { EMPTY_ROOT, leafHash, nodeHash } from '../../gateway/log/leaf.ts'
import { EMPTY_EDGE, growTree, rootOf } from '../../gateway/log/tree.ts'
import { ENTRIES, ROOTS } from '../vectors/rfc6962-roots.ts'

describe('leaf and node', () => {
  it.each(ROOTS.map((root, size) => ({ size, root })))('tree of $size published entries', ({ size, root }) => {
    const leaves = ENTRIES.slice(0, size).map(leafHash)
    expect(rootOf(growTree(EMPTY_EDGE, leaves).edge).toString('hex')).toBe(root)
  })
  it('the empty tree is SHA-256 of nothing', () => expect(EMPTY_ROOT.toString('hex')).toBe(ROOTS[0]))
  it('an entry cannot pose as a node', () => {
    const [left, right] = [leafHash(ENTRIES[0]!), leafHash(ENTRIES[1]!)]
    expect(leafHash(Buffer.concat([left, right]))).not.toEqual(nodeHash(left, right))
  })
})
