import type { TileName } from '../log/tile-path.ts'

/** How far the published tree has grown, with the SM3 chain beside it. */
export interface TreeState {
  /** Entries covered. A number: the tree's sizes stay far below 2^53. */
  size: number
  root: Buffer
  sm3Head: Buffer
}

/** One step of growth: what the tree was, what it becomes, and every tile and full bundle that changes. */
export interface Growth {
  from: TreeState
  to: TreeState
  /** `kind` is a level or `sm3`; as wide as the content, and beginning with what the tile held before. */
  tiles: { name: TileName; hashes: Buffer }[]
  bundles: { index: number; bundle: Buffer }[]
}

export interface StoredCheckpoint {
  size: number
  root: Buffer
  /** Signed note without cosignatures. */
  note: string
  sm3Note: string
  signedAtMs: number
  /** Signature lines of witnesses; empty while there are none. */
  cosignatures: string
  cosignedAtMs: number | null
}

/** What readers of the published log may ask; every gateway process has one. */
export interface LogView {
  tree(): Promise<TreeState & { lowestKept: number }>
  /** As wide as it is now, or `undefined`. */
  tile(kind: number | 'sm3', index: number): Promise<Buffer | undefined>
  /** A full bundle; `undefined` before it is full and after it was purged. */
  bundle(index: number): Promise<Buffer | undefined>
  /** Entries `from` up to `to` straight from the records. Errors: `LogGap` when one is not there. */
  entries(from: number, to: number): Promise<Buffer[]>
  latestCheckpoint(): Promise<StoredCheckpoint | undefined>
  /** The smallest one of at least this size. */
  checkpointFrom(size: number): Promise<StoredCheckpoint | undefined>
  /** From this size on, at most `limit`, smallest first. */
  checkpoints(fromSize: number, limit: number): Promise<StoredCheckpoint[]>
}

/**
 * The log as its one integrator sees it.
 *
 * INVARIANT: as long as its methods succeed, no other process is integrating; when the hold is lost they fail.
 */
export interface LogHold extends LogView {
  /** Records durable now; they never become fewer. */
  recordedSize(): Promise<number>
  /** Makes a step durable. False when the tree does not stand at `from`: somebody else has moved it. */
  grow(growth: Growth): Promise<boolean>
  /** Errors: the store's own when the tree never had this root, or when another root was published for this size. */
  publish(checkpoint: StoredCheckpoint): Promise<void>
  cosign(size: number, cosignatures: string, cosignedAtMs: number): Promise<void>
  release(): Promise<void>
}

export interface LogStore extends LogView {
  /** The hold, or `undefined` while another process has it. */
  hold(): Promise<LogHold | undefined>
  close(): Promise<void>
}

/** An index without a record: the log would have to skip it, and must not. */
export class LogGap extends Error {
  override readonly name = 'LogGap'
  constructor(readonly index: number) {
    super(`there is no record \`${index}\``)
  }
}
