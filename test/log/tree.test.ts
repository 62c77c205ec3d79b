import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consistencyProof, verifyConsistency } from '../../gateway/log/consistency.ts'
import { inclusionPath, verifyInclusion } from '../../gateway/log/inclusion.ts'
import { leafHash, nodeHash } from '../../gateway/log/leaf.ts'
import { tileNodes } from '../../gateway/log/tile-nodes.ts'
import { hashesAtLevel, levelsOf, tilePath, tilesOf } from '../../gateway/log/tile-path.ts'
import { EMPTY_EDGE, growTree, rootOf } from '../../gateway/log/tree.ts'
import { mth, path, proof } from './naive-tree.ts'
import { sampleEntries } from './sample-log.ts'

const LARGEST = 600
const entries = sampleEntries(LARGEST)
const leaves = entries.map(leafHash)
const roots = [EMPTY_EDGE, ...leaves].map((_, size) => rootOf(growTree(EMPTY_EDGE, leaves.slice(0, size)).edge))

const tiles = new Map<string, Buffer>()
for (let size = 1; size <= LARGEST; size += 1)
  for (const { level, index, hashes } of growTree(EMPTY_EDGE, leaves.slice(0, size)).tiles)
    tiles.set(tilePath({ kind: level, index, width: hashes.length / 32 }), hashes)
const nodesOf = (size: number) => tileNodes(async (name) => tiles.get(tilePath(name)), size)

const size = fc.integer({ min: 1, max: LARGEST })

describe('tree', () => {
  it('has the root RFC 6962 defines, for every size from 0 to 600', () => {
    for (let n = 0; n <= LARGEST; n += 1) expect(roots[n]?.equals(mth(entries.slice(0, n))), `size ${n}`).toBe(true)
  })

  it('grows in steps to what it would be at once', () => {
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [m, n] = [Math.min(a, b), Math.max(a, b)]
        const stepped = growTree(growTree(EMPTY_EDGE, leaves.slice(0, m)).edge, leaves.slice(m, n))
        const atOnce = growTree(EMPTY_EDGE, leaves.slice(0, n))
        expect(rootOf(stepped.edge)).toEqual(rootOf(atOnce.edge))
        // Its tiles are those that the larger tree has and the smaller one had not.
        for (const { level, index, hashes } of stepped.tiles)
          expect(atOnce.tiles.find((tile) => tile.level === level && tile.index === index)?.hashes).toEqual(hashes)
      }),
      { numRuns: 60 },
    )
  })

  it('emits every tile a checkpoint of its size demands', () => {
    for (const n of [1, 255, 256, 257, 511, 512, 513, 600])
      for (const level of levelsOf(n))
        for (const name of tilesOf(level, n)) expect(tiles.has(tilePath(name)), `${n}: ${tilePath(name)}`).toBe(true)
  })

  it('lays out 70,000 entries as the specification says', () => {
    const count = (level: number) => [...tilesOf(level, 70_000)]
    expect(count(0).length).toBe(274)
    expect(count(0).at(-1)).toEqual({ kind: 0, index: 273, width: 112 })
    expect(count(1)).toEqual([
      { kind: 1, index: 0, width: 256 },
      { kind: 1, index: 1, width: 17 },
    ])
    expect(count(2)).toEqual([{ kind: 2, index: 0, width: 1 }])
    expect(levelsOf(70_000)).toEqual([0, 1, 2])
    expect(hashesAtLevel(1, 256)).toBe(1)
  })
})

describe('inclusion', () => {
  it('path is the one RFC 6962 defines, and leads to the root', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), async (n, seed) => {
        const index = seed % n
        const found = await inclusionPath(nodesOf(n), index, n)
        expect(found).toEqual(path(index, entries.slice(0, n)))
        const claim = { index, size: n, leaf: leaves[index]!, path: found, root: roots[n]! }
        expect(verifyInclusion(claim)).toBe(true)
        if (n > 1) {
          expect(verifyInclusion({ ...claim, index: (index + 1) % n })).toBe(false)
          expect(verifyInclusion({ ...claim, path: found.slice(1) })).toBe(false)
          expect(verifyInclusion({ ...claim, path: [...found, leaves[0]!] })).toBe(false)
          expect(verifyInclusion({ ...claim, leaf: leaves[(index + 1) % n]! })).toBe(false)
          expect(verifyInclusion({ ...claim, root: roots[n - 1]! })).toBe(false)
        }
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    { name: 'beyond the tree', index: 1, size: 1 },
    { name: 'in the empty tree', index: 0, size: 0 },
    { name: 'negative', index: -1, size: 1 },
    { name: 'not whole', index: 0.5, size: 1 },
  ])('refuses an index $name', ({ index, size: n }) => {
    expect(verifyInclusion({ index, size: n, leaf: leaves[0]!, path: [], root: leaves[0]! })).toBe(false)
  })
})

describe('consistency', () => {
  it('proof is the one RFC 6962 defines, and holds for no other pair', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, async (a, b) => {
        const [m, n] = [Math.min(a, b), Math.max(a, b)]
        const found = await consistencyProof(nodesOf(n), m, n)
        expect(found).toEqual(proof(m, entries.slice(0, n)))
        const claim = { oldSize: m, oldRoot: roots[m]!, newSize: n, newRoot: roots[n]!, proof: found }
        expect(verifyConsistency(claim)).toBe(true)
        expect(verifyConsistency({ ...claim, oldRoot: roots[m - 1]! })).toBe(false)
        expect(verifyConsistency({ ...claim, newRoot: roots[n - 1]! })).toBe(false)
        expect(verifyConsistency({ ...claim, proof: [...found, leaves[0]!] })).toBe(false)
        if (m < n) {
          expect(verifyConsistency({ ...claim, proof: found.slice(0, -1) })).toBe(false)
          expect(verifyConsistency({ ...claim, oldSize: n, newSize: m })).toBe(false)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('every tree begins with the empty one', async () => {
    expect(await consistencyProof(nodesOf(5), 0, 5)).toEqual([])
    const claim = { oldSize: 0, oldRoot: roots[0]!, newSize: 5, newRoot: roots[5]! }
    expect(verifyConsistency({ ...claim, proof: [] })).toBe(true)
    expect(verifyConsistency({ ...claim, proof: [leaves[0]!] })).toBe(false)
  })
})

/** RFC 6962 §2.1.3 draws the tree over seven entries and names its nodes; the proofs it lists follow. */
describe('RFC 6962 §2.1.3', () => {
  const seven = leaves.slice(0, 7)
  const [a, b, c, d, e, f, j] = seven as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]
  const [g, h, i] = [nodeHash(a, b), nodeHash(c, d), nodeHash(e, f)]
  const [k, l] = [nodeHash(g, h), nodeHash(i, j)]

  it('root', () => expect(roots[7]).toEqual(nodeHash(k, l)))
  it.each([
    { index: 0, want: [b, h, l] },
    { index: 3, want: [c, g, l] },
    { index: 4, want: [f, j, k] },
    { index: 6, want: [i, k] },
  ])('inclusion of entry $index', async ({ index, want }) => {
    expect(await inclusionPath(nodesOf(7), index, 7)).toEqual(want)
  })
  it.each([
    { oldSize: 3, want: [c, d, g, l] },
    { oldSize: 4, want: [l] },
    { oldSize: 6, want: [i, j, k] },
  ])('consistency from $oldSize', async ({ oldSize, want }) => {
    expect(await consistencyProof(nodesOf(7), oldSize, 7)).toEqual(want)
  })
})
