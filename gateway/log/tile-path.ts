/** Hashes in a full tile, entries in a full bundle: a tile is a subtree of height 8. Source: C2SP tlog-tiles. */
export const TILE_WIDTH = 256

/** `entries`: a bundle; `sm3`: digests of entries for the SM3 chain, ours; a number: hashes of that level. */
export type TileKind = number | 'entries' | 'sm3'

export interface TileName {
  kind: TileKind
  index: number
  /** 1 to 256; less than 256 names a partial tile. */
  width: number
}

/**
 * `tile/<L>/<N>[.p/<W>]`, N in groups of three digits of which all but the last begin with `x`.
 *
 * Source: C2SP tlog-tiles.
 */
export function tilePath({ kind, index, width }: TileName): string {
  const partial = width === TILE_WIDTH ? '' : `.p/${width}`
  return `tile/${kind}/${groups(index)}${partial}`
}

function groups(index: number): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const parts = padded.match(/\d{3}/g) as string[]
  return parts.map((part, place) => (place === parts.length - 1 ? part : `x${part}`)).join('/')
}

const PATH = /^tile\/(entries|sm3|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/** What a path names; `undefined` for anything but the one spelling `tilePath` gives. */
export function parseTilePath(path: string): TileName | undefined {
  const [, kindText = '', groupText = '', widthText] = PATH.exec(path) ?? []
  if (groupText === '' || groupText.length > 20) return undefined
  const kind = kindText === 'entries' || kindText === 'sm3' ? kindText : Number(kindText)
  const name: TileName = {
    kind,
    index: Number(groupText.replaceAll(/[x/]/g, '')),
    width: widthText === undefined ? TILE_WIDTH : Number(widthText),
  }
  // Written again it must be the same text: no superfluous groups, no width of 256, no level above 63.
  const exact = Number.isSafeInteger(name.index) && name.width <= TILE_WIDTH && tilePath(name) === path
  return exact && (typeof kind !== 'number' || kind < 64) ? name : undefined
}

/** Hashes that level `level` has in all its tiles, for a tree of `size` entries. */
export const hashesAtLevel = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level)

/** Width of one tile in a tree of `size` entries; 0 where the tree does not reach it. Bundles are as wide as level 0. */
export function tileWidth(kind: TileKind, index: number, size: number): number {
  const total = hashesAtLevel(typeof kind === 'number' ? kind : 0, size)
  return Math.max(0, Math.min(TILE_WIDTH, total - index * TILE_WIDTH))
}

/** Every tile of one kind in a tree of `size` entries, the partial one last. */
export function* tilesOf(kind: TileKind, size: number): Generator<TileName> {
  for (let index = 0; ; index += 1) {
    const width = tileWidth(kind, index, size)
    if (width === 0) return
    yield { kind, index, width }
    if (width < TILE_WIDTH) return
  }
}

/** Levels that have any tile, for a tree of `size` entries. */
export function levelsOf(size: number): number[] {
  const levels: number[] = []
  for (let level = 0; hashesAtLevel(level, size) > 0; level += 1) levels.push(level)
  return levels
}
