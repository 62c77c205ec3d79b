import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTilePath, type TileName, tilePath, tileWidth } from '../../gateway/log/tile-path.ts'

describe('tile path', () => {
  it.each<{ name: TileName; path: string }>([
    { name: { kind: 0, index: 1_234_067, width: 256 }, path: 'tile/0/x001/x234/067' }, // the specification's example
    { name: { kind: 0, index: 0, width: 256 }, path: 'tile/0/000' },
    { name: { kind: 2, index: 999, width: 1 }, path: 'tile/2/999.p/1' },
    { name: { kind: 1, index: 1000, width: 17 }, path: 'tile/1/x001/000.p/17' },
    { name: { kind: 'entries', index: 273, width: 112 }, path: 'tile/entries/273.p/112' },
  ])('$path', ({ name, path }) => {
    expect(tilePath(name)).toBe(path)
    expect(parseTilePath(path)).toEqual(name)
  })

  it.each([
    'tile/0/0',
    'tile/00/000',
    'tile/0/x000/000',
    'tile/0/001/000',
    'tile/0/x001/x000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/64/000',
    'tile/-1/000',
    'tile/data/000',
    'tile/0/000/',
    'tile/0/../000',
    'tile/0/x999/x999/x999/x999/x999/x999/999',
  ])('refuses `%s`', (path) => expect(parseTilePath(path)).toBeUndefined())

  it('has one spelling for each name', () => {
    const name = fc.record({
      kind: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constantFrom('entries' as const, 'sm3' as const)),
      index: fc.integer({ min: 0, max: 10 ** 12 - 1 }), // four groups of three digits are the longest path read
      width: fc.integer({ min: 1, max: 256 }),
    })
    fc.assert(fc.property(name, (each) => void expect(parseTilePath(tilePath(each))).toEqual(each)))
  })

  it('widths follow from the size', () => {
    expect([tileWidth(0, 0, 0), tileWidth(0, 0, 1), tileWidth(0, 0, 256), tileWidth(0, 1, 256)]).toEqual([0, 1, 256, 0])
    expect([tileWidth(1, 0, 255), tileWidth(1, 0, 256), tileWidth('entries', 2, 600)]).toEqual([0, 1, 88])
  })
})
