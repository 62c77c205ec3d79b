import { BundleError } from './entry-bundle.ts'
import { leafHash } from './leaf.ts'
import type { LogReader } from './log-reader.ts'
import { found } from './log-report.ts'
import { readEntries, readHashTile } from './read-tiles.ts'
import { sm3Digest } from './sm3-chain.ts'
import { TILE_WIDTH } from './tile-path.ts'
import { splitHashes } from './tree.ts'

/** Up to 256 entries with what the log says about them; whatever was absent is undefined. */
export interface ReadSlice {
  index: number
  width: number
  entries: Buffer[] | 'broken' | undefined
  hashes: Buffer | undefined
  digests: Buffer | undefined
  withSm3: boolean
}

export async function readSlice(
  reader: LogReader,
  index: number,
  width: number,
  lowestKept: number,
  withSm3: boolean,
): Promise<ReadSlice> {
  const purged = index * TILE_WIDTH + width <= lowestKept
  const [entries, hashes, digests] = await Promise.all([
    purged ? undefined : readEntries(reader, index, width).catch(brokenBundle),
    readHashTile(reader, { kind: 0, index, width }),
    withSm3 ? readHashTile(reader, { kind: 'sm3', index, width }) : undefined,
  ])
  return { index, width, entries, hashes, digests, withSm3 }
}

function brokenBundle(thrown: unknown): 'broken' {
  if (thrown instanceof BundleError) return 'broken'
  throw thrown
}

/** Leaf hashes and SM3 digests of the slice, once every entry was found to be what the log says it is. */
export function checkSlice(
  slice: ReadSlice,
  lowestKept: number,
): { leaves: Buffer[]; digests: Buffer[]; checked: number } {
  const { index, width, entries, hashes, digests, withSm3 } = slice
  const from = index * TILE_WIDTH
  if (hashes === undefined)
    throw found('missing', from, `缺少第 ${from} 条起的叶哈希`, `leaf hashes from entry ${from} on are missing`)
  const leaves = splitHashes(hashes)
  if (from + width <= lowestKept) {
    if (withSm3 && digests === undefined)
      throw found('sm3', from, `缺少第 ${from} 条起的 SM3 摘要`, `SM3 digests from entry ${from} on are missing`)
    return { leaves, digests: withSm3 ? splitHashes(digests as Buffer) : [], checked: 0 }
  }
  if (entries === undefined)
    throw found('missing', from, `缺少第 ${from} 条起的记录`, `entries from ${from} on are missing`)
  if (entries === 'broken')
    throw found('entry', from, `第 ${from} 条起的记录包已损坏`, `the bundle from entry ${from} on is damaged`)

  leaves.forEach((leaf, place) => {
    const entry = entries[place]
    const at = from + place
    if (entry === undefined) throw found('entry', at, `缺少第 ${at} 条记录`, `entry ${at} is missing from its bundle`)
    if (!leafHash(entry).equals(leaf))
      throw found('entry', at, `第 ${at} 条记录与日志不符`, `entry ${at} is not the one that was logged`)
    if (!isJsonObject(entry))
      throw found('json', at, `第 ${at} 条记录不是 JSON 对象`, `entry ${at} is not a JSON object`)
  })
  if (entries.length > width)
    throw found(
      'entry',
      from + width,
      `第 ${from + width} 条起多出记录`,
      `there are entries too many from ${from + width} on`,
    )
  const own = withSm3 ? entries.map(sm3Digest) : []
  // Needed once the entries are purged, so they are held against them while they are here.
  if (digests !== undefined && !Buffer.concat(own).equals(digests))
    throw found('sm3', from, `第 ${from} 条起的 SM3 摘要不符`, `SM3 digests from entry ${from} on are wrong`)
  return { leaves, digests: own, checked: width }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function isJsonObject(entry: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(utf8.decode(entry))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
