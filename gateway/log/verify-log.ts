import type { CryptoProvider } from '../ports/crypto.ts'
import type { LogReader } from './log-reader.ts'
import { found, LogFaultFound, type LogReport } from './log-report.ts'
import type { NoteKey } from './note-key.ts'
import type { LogPolicy } from './policy.ts'
import { readHashTile } from './read-tiles.ts'
import { SM3_START, sm3Link } from './sm3-chain.ts'
import { hashesAtLevel, TILE_WIDTH, type TileName, tilesOf, tileWidth } from './tile-path.ts'
import { EMPTY_EDGE, growTree, type HashTile, rootOf, splitHashes } from './tree.ts'
import { openHeads } from './verify-heads.ts'
import { checkSlice, type ReadSlice, readSlice } from './verify-slice.ts'

export interface VerifyLogOptions {
  reader: LogReader
  crypto: CryptoProvider
  logKey: NoteKey
  /** Checks the SM3 chain and its head; without it neither is read. */
  sm3Key?: NoteKey
  policy?: LogPolicy
  /** A checkpoint this log signed before: it must have been continued, not rewritten. */
  older?: string
  /** Told after every tile. */
  onProgress?: (checked: number, size: number) => void
}

/** Tiles read ahead while one is checked; hides the way to a log behind HTTP. */
const READ_AHEAD = 8

/**
 * Checks a whole log from what it publishes: signatures, witnesses, every entry, every tile, the root, that it continues
 * an older checkpoint, the SM3 chain. Stops at the first bad entry and names it.
 *
 * Shape:  `ok` is false whenever anything demanded could not be shown.
 * Errors: only the reader's own, when the log could not be read at all.
 */
export async function verifyLog(options: VerifyLogOptions): Promise<LogReport> {
  const report: LogReport = {
    ok: false,
    origin: null,
    size: 0,
    root: null,
    entriesChecked: 0,
    lowestKept: 0,
    continuesFrom: null,
    sm3Size: null,
    cosignatures: [],
    fault: null,
  }
  try {
    await check(options, report)
    report.ok = true
  } catch (thrown) {
    if (!(thrown instanceof LogFaultFound)) throw thrown
    report.fault = thrown.fault
  }
  return report
}

async function check(options: VerifyLogOptions, report: LogReport): Promise<void> {
  const { reader, sm3Key, onProgress } = options
  const { checkpoint, older, sm3, lowestKept } = await openHeads(options, report)
  const { size, root } = checkpoint

  let edge = EMPTY_EDGE
  let chain = SM3_START
  const parents = createParents(reader, size)
  const upper: HashTile[] = []

  const passed = (place: number): void => {
    if (older?.size === place && !rootOf(edge).equals(older.root))
      throw found(
        'inconsistent',
        null,
        `日志与先前规模为 ${place} 的检查点不一致：已记录的内容被改写`,
        `the log does not continue the older checkpoint of size ${place}: what was recorded has been rewritten`,
      )
    if (sm3?.size === place && !chain.equals(sm3.root))
      throw found('sm3', null, 'SM3 链与其签名的链头不符', 'the SM3 chain does not lead to its signed head')
  }

  for await (const slice of readAhead(reader, size, lowestKept, sm3Key !== undefined)) {
    const from = slice.index * TILE_WIDTH
    const { leaves, digests, checked } = checkSlice(slice, lowestKept)
    // Only where an older size or the chain's head lies within this tile is it gone through entry by entry.
    const stops = [older?.size, sm3?.size].filter((at) => at !== undefined && at >= from && at < from + leaves.length)
    let at = 0
    for (const stop of [...new Set(stops)].sort((a, b) => a! - b!)) {
      const end = stop! - from
      edge = growTree(edge, leaves.slice(at, end)).edge
      for (const digest of digests.slice(at, end)) chain = sm3Link(chain, digest)
      passed(stop!)
      at = end
    }
    const grown = growTree(edge, leaves.slice(at))
    edge = grown.edge
    for (const digest of digests.slice(at)) chain = sm3Link(chain, digest)
    upper.push(...grown.tiles.filter((tile) => tile.level > 1))
    await parents.check(slice.index, leaves)
    report.entriesChecked += checked
    onProgress?.(from + leaves.length, size)
  }
  if (!rootOf(edge).equals(root))
    throw found(
      'root',
      null,
      '全部记录算出的根与签名的根不符',
      'the root over all entries is not the root that was signed',
    )
  passed(size)
  for (const { level, index, hashes } of upper) await checkUpperTile(reader, size, level, index, hashes)
  report.continuesFrom = older?.size ?? null
  report.sm3Size = sm3?.size ?? null
}

/** Slices in order, the next few already under way. */
async function* readAhead(
  reader: LogReader,
  size: number,
  lowestKept: number,
  withSm3: boolean,
): AsyncGenerator<ReadSlice> {
  const waiting: Promise<ReadSlice>[] = []
  for (const { index, width } of tilesOf(0, size)) {
    const slice = readSlice(reader, index, width, lowestKept, withSm3)
    slice.catch(() => {}) // heard of when its turn comes
    waiting.push(slice)
    if (waiting.length >= READ_AHEAD) yield await (waiting.shift() as Promise<ReadSlice>)
  }
  while (waiting.length > 0) yield await (waiting.shift() as Promise<ReadSlice>)
}

/**
 * Holds every full tile of leaf hashes against its hash one level up. Entries and leaf hashes may have been altered
 * together; this narrows it down to 256 of them, where the root alone would only say that something is wrong.
 */
function createParents(reader: LogReader, size: number): { check(index: number, leaves: Buffer[]): Promise<void> } {
  let loaded: { index: number; hashes: Buffer[] } | undefined
  return {
    async check(index, leaves) {
      if (leaves.length < TILE_WIDTH) return
      const parent = Math.floor(index / TILE_WIDTH)
      if (loaded?.index !== parent) {
        const name = { kind: 1, index: parent, width: tileWidth(1, parent, size) }
        loaded = { index: parent, hashes: splitHashes(await demandTile(reader, name)) }
      }
      const own = rootOf(growTree(EMPTY_EDGE, leaves).edge)
      if (loaded.hashes[index % TILE_WIDTH]?.equals(own)) return
      const from = index * TILE_WIDTH
      throw found(
        'tile',
        from,
        `第 ${from} 至 ${from + TILE_WIDTH - 1} 条与上层哈希不符，首条可疑记录在其中`,
        `entries ${from} to ${from + TILE_WIDTH - 1} disagree with the hash above them; the first bad one is among these`,
      )
    },
  }
}

async function checkUpperTile(
  reader: LogReader,
  size: number,
  level: number,
  index: number,
  hashes: Buffer,
): Promise<void> {
  const width = Math.min(TILE_WIDTH, hashesAtLevel(level, size) - index * TILE_WIDTH)
  const served = await demandTile(reader, { kind: level, index, width })
  // A tile grows while the log is gone through: what was collected last is the one of this size.
  if (hashes.length === served.length && !hashes.equals(served))
    throw found('tile', null, `第 ${level} 层哈希块 ${index} 不符`, `hash tile ${index} of level ${level} is wrong`)
}

async function demandTile(reader: LogReader, name: TileName): Promise<Buffer> {
  const tile = await readHashTile(reader, name)
  if (tile === undefined)
    throw found(
      'missing',
      null,
      `缺少第 ${name.kind} 层哈希块 ${name.index}`,
      `hash tile ${name.index} of level ${name.kind} is missing`,
    )
  return tile
}
