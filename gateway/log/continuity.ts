import type { LogView } from '../ports/log-store.ts'
import { HASH_BYTES } from './leaf.ts'
import { rangeRoot, TileMissing, tileNodes } from './tile-nodes.ts'

/** A head seen somewhere outside the database. */
export interface KnownHead {
  size: number
  root: Buffer
}

/** Why nothing may be signed. Each means that this database is not the one that was signed before. */
export type RefusalReason =
  | 'behind-anchor' // fewer entries than this installation has signed before
  | 'behind-witness' // fewer entries than the witness has cosigned
  | 'other-root' // as many entries, but others
  | 'witness-disagrees' // the witness has seen another history
  | 'unanchored' // neither anchor nor witness can say how far the log had come
  | 'other-key' // the published checkpoints are of another key or origin
  | 'damaged' // tiles or records are not those that were signed

/** Signing stops here, since to go on would be to fork the log. */
export class SigningRefused extends Error {
  override readonly name = 'SigningRefused'
  constructor(
    readonly reason: RefusalReason,
    message: string,
    readonly zh: string,
  ) {
    super(message)
  }
}

/** Whether the tree of `size` entries begins with the known head. The view's tiles must reach that far. */
export async function continues(view: LogView, size: number, head: KnownHead): Promise<boolean> {
  if (head.size === 0) return true
  if (head.size > size) return false
  const nodes = tileNodes(async ({ kind, index, width }) => {
    const tile = await view.tile(kind as number, index)
    return tile !== undefined && tile.length >= width * HASH_BYTES ? tile : undefined
  }, size)
  try {
    return (await rangeRoot(nodes, 0, head.size)).equals(head.root)
  } catch (thrown) {
    if (thrown instanceof TileMissing) return false
    throw thrown
  }
}

export async function assertContinues(view: LogView, size: number, head: KnownHead, whose: string): Promise<void> {
  if (await continues(view, size, head)) return
  throw new SigningRefused(
    'other-root',
    `the database holds another history than ${whose} of size \`${head.size}\``,
    `数据库中的日志与已签发的（规模 ${head.size}）不是同一历史`,
  )
}
