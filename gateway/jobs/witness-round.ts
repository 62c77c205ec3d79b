import { consistencyProof } from '../log/consistency.ts'
import { SigningRefused } from '../log/continuity.ts'
import { HASH_BYTES } from '../log/leaf.ts'
import { tileNodes } from '../log/tile-nodes.ts'
import type { LogView } from '../ports/log-store.ts'
import type { WitnessAnswer, WitnessClient } from '../witness/client.ts'

export interface Cosigned {
  lines: string
  atMs: number
}

export interface Wanted {
  size: number
  checkpoint: string
  treeSize: number
}

export interface WitnessRounds {
  /**
   * Cosignature of this checkpoint, or `undefined` while the witness is away or when it has seen a larger one.
   *
   * Shape: `treeSize` is how far the tree has grown: a checkpoint of up to that size may have been signed and shown to
   *        the witness by an integrator that ended before it could publish it.
   */
  ask(view: LogView, wanted: Wanted, timeoutMs: number): Promise<Cosigned | undefined>
  /** False after a failure, until asking has succeeded again. */
  isUp(): boolean
}

/** From 0 or a stale size to the right one takes one more request; a witness that keeps moving is given up on. */
const ATTEMPTS = 3

/**
 * Keeps account of what one witness has seen, and asks it to cosign what comes after.
 *
 * Errors: `SigningRefused` when the witness has seen more than the log has, or another history.
 */
export function createWitnessRounds(client: WitnessClient, note: (line: string) => void): WitnessRounds {
  let seen: number | undefined
  let up = true

  async function submit(view: LogView, { size, checkpoint }: Wanted, timeoutMs: number): Promise<WitnessAnswer> {
    // Not knowing what it has seen, we begin from nothing: it then names its size.
    const oldSize = seen ?? 0
    const proof = oldSize === 0 ? [] : await consistencyProof(nodesOf(view, size), oldSize, size)
    return client.submit({ oldSize, proof, checkpoint }, timeoutMs)
  }

  return {
    isUp: () => up,
    async ask(view, wanted, timeoutMs) {
      const { size, treeSize } = wanted
      for (let attempt = 0; attempt < ATTEMPTS && (seen ?? 0) <= size; attempt += 1) {
        const answer = await submit(view, wanted, timeoutMs)
        if (answer.kind !== 'away' && !up) note('见证方恢复 the witness is back')
        if (answer.kind !== 'away') up = true
        if (answer.kind === 'cosigned') {
          seen = size
          return { lines: answer.lines, atMs: answer.timestampSeconds * 1000 }
        }
        if (answer.kind === 'away') {
          if (up) note(`见证方不可用 the witness is away: ${answer.why}`)
          up = false
          return undefined
        }
        if (answer.kind === 'inconsistent')
          throw new SigningRefused(
            'witness-disagrees',
            'the witness has seen another history of this log',
            '见证方见过本日志的另一历史',
          )
        if (answer.size > treeSize)
          throw new SigningRefused(
            'behind-witness',
            `the witness has cosigned \`${answer.size}\` entries, the database has \`${treeSize}\``,
            `见证方已见证 ${answer.size} 条，日志树只有 ${treeSize} 条`,
          )
        seen = answer.size
      }
      return undefined
    },
  }
}

const nodesOf = (view: LogView, size: number) =>
  tileNodes(async ({ kind, index, width }) => {
    const tile = await view.tile(kind as number, index)
    return tile !== undefined && tile.length >= width * HASH_BYTES ? tile : undefined
  }, size)
