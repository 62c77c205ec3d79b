import { setImmediate as breathe } from 'node:timers/promises'
import { assertContinues, SigningRefused } from '../log/continuity.ts'
import { type GrowingLog, growLog, LogDamaged, loadGrowingLog } from '../log/growing-log.ts'
import type { LogSigners } from '../log/log-signers.ts'
import type { LogAnchor } from '../ports/log-anchor.ts'
import { LogGap, type LogHold, type StoredCheckpoint } from '../ports/log-store.ts'
import type { Cosigned, WitnessRounds } from './witness-round.ts'

export interface IntegrateDeps {
  hold: LogHold
  signers: LogSigners
  anchor: LogAnchor
  witness: WitnessRounds | null
  now: () => number
  note: (line: string) => void
}

export interface Pass {
  size: number
  /** Entries added to the tree by this pass. */
  added: number
  /** The latest published checkpoint. */
  checkpoint: StoredCheckpoint
  /** Records that were there already and are not in the tree yet. */
  waiting: number
}

export interface Integration {
  /** Takes what records there are into the tree, publishes a checkpoint over them, and has it cosigned. */
  pass(): Promise<Pass>
}

/** Entries taken in one step: few enough for memory (16 MB of ordinary ones), a whole number of tiles. */
const STEP_ENTRIES = 2048
/** Entries hashed without letting the event loop go on: under 2 ms. */
const SLICE_ENTRIES = 128
/** Longest a pass goes on before it publishes what it has. */
const PASS_MS = 400
/** A witness that is there answers within this; publishing waits no longer for it. */
const WITNESS_MS = 300
/** Pause between attempts while it is away. */
const WITNESS_RETRY_MS = 5000
/** A log without growth has its last checkpoint cosigned again, so that the witness is seen to be there. */
const WITNESS_REFRESH_MS = 60_000

/**
 * Makes the log grow for as long as the hold lasts.
 *
 * Order of every checkpoint: tiles and the root that will be signed become durable in one commit, which fails unless the
 * tree stood where we thought; the anchor outside the database follows; only then is anything signed, shown to the
 * witness, and published. Killed anywhere between, the next integrator signs the same root again and no other.
 *
 * Errors: `SigningRefused` when going on would fork the log (nothing was signed); otherwise the store's own.
 * Source: design §9; ecosystem §6, pitfall (c).
 */
export async function startIntegration(deps: IntegrateDeps): Promise<Integration> {
  const { hold, signers, anchor, witness, now, note } = deps
  let log = await load(hold)
  const anchored = await anchor.read()
  let witnessAskedAtMs = Number.NEGATIVE_INFINITY
  let published = await openingCheckpoint()
  await assertNotBehindWitness()

  /** The last checkpoint must be ours and of this tree; a new log begins with the one over nothing. */
  async function openingCheckpoint(): Promise<StoredCheckpoint> {
    const latest = await hold.latestCheckpoint()
    if (latest !== undefined) {
      if (!(await signers.isOwn(latest.note)))
        throw new SigningRefused(
          'other-key',
          'the published checkpoints are signed by another key',
          '已发布的检查点出自另一密钥：日志密钥须终身不变',
        )
      await assertContinues(hold, log.tree.size, latest, 'its own published checkpoint')
    }
    if (anchored !== undefined && anchored.size <= log.tree.size)
      await assertContinues(hold, log.tree.size, anchored, 'the anchor')
    return latest ?? publish({ ...log.tree, size: 0, ...(await emptyTree()) })
  }

  async function emptyTree() {
    if (log.tree.size > 0)
      throw new SigningRefused('damaged', 'there are tiles and no checkpoint', '有哈希块而没有检查点')
    if (anchored !== undefined && anchored.size > 0) throw behindAnchor(anchored.size, 0)
    return { root: log.tree.root }
  }

  async function assertNotBehindWitness(): Promise<void> {
    if (witness === null) {
      if (anchored === undefined && published.size > 0)
        note('没有日志锚点，按数据库现状新建 there is no anchor; it is made from the database as it is')
      return
    }
    await cosign(WITNESS_MS * 4)
    if (anchored === undefined && published.size > 0 && !witness.isUp())
      throw new SigningRefused(
        'unanchored',
        'there is no anchor and the witness is away: nothing says how far the log had come',
        '没有日志锚点，见证方又不可用：无从得知日志曾到何处',
      )
  }

  /** Takes one step of records into the tree. */
  async function step(recorded: number): Promise<number> {
    const { size } = log.tree
    const boundary = anchored !== undefined && anchored.size > size ? anchored.size : Number.POSITIVE_INFINITY
    const to = Math.min(recorded, size - (size % STEP_ENTRIES) + STEP_ENTRIES, boundary)
    const entries = await hold.entries(size, to)
    let next = log
    const growths = []
    for (let at = 0; at < entries.length; at += SLICE_ENTRIES) {
      const grown = growLog(next, entries.slice(at, at + SLICE_ENTRIES))
      next = grown.log
      growths.push(grown.growth)
      await breathe()
    }
    if (anchored?.size === to && !next.tree.root.equals(anchored.root))
      throw new SigningRefused(
        'other-root',
        `the records up to \`${to}\` are not those that were signed before`,
        `前 ${to} 条记录与曾签发的不是同一历史`,
      )
    const tiles = new Map(
      growths.flatMap((growth) => growth.tiles).map((tile) => [`${tile.name.kind}/${tile.name.index}`, tile]),
    )
    const bundles = growths.flatMap((growth) => growth.bundles)
    if (!(await hold.grow({ from: log.tree, to: next.tree, tiles: [...tiles.values()], bundles })))
      throw new Error('the tree was moved by somebody else')
    log = next
    return to - size
  }

  async function publish(tree: GrowingLog['tree']): Promise<StoredCheckpoint> {
    await anchor.advance({ size: tree.size, root: tree.root })
    const signed = await signers.checkpoint(tree.size, tree.root)
    const sm3Note = await signers.sm3Head(tree.size, tree.sm3Head)
    const cosigned = witness?.isUp() ? await ask(tree.size, signed, WITNESS_MS) : undefined
    const checkpoint: StoredCheckpoint = {
      size: tree.size,
      root: tree.root,
      note: signed,
      sm3Note,
      signedAtMs: now(),
      cosignatures: cosigned?.lines ?? '',
      cosignedAtMs: cosigned?.atMs ?? null,
    }
    await hold.publish(checkpoint)
    return checkpoint
  }

  async function ask(size: number, checkpoint: string, timeoutMs: number): Promise<Cosigned | undefined> {
    witnessAskedAtMs = now()
    return witness?.ask(hold, { size, checkpoint, treeSize: log.tree.size }, timeoutMs)
  }

  /** Attaches to a published checkpoint what the witness did not give in time. */
  async function cosign(timeoutMs: number): Promise<void> {
    const cosigned = await ask(published.size, published.note, timeoutMs)
    if (cosigned === undefined) return
    await hold.cosign(published.size, cosigned.lines, cosigned.atMs)
    published = { ...published, cosignatures: cosigned.lines, cosignedAtMs: cosigned.atMs }
  }

  return {
    async pass() {
      const startedAtMs = now()
      const recorded = await hold.recordedSize()
      let added = 0
      if (recorded < log.tree.size)
        throw new SigningRefused('damaged', 'the records are fewer than the tree covers', '记录少于日志树所覆盖的条数')
      if (anchored !== undefined && anchored.size > Math.max(recorded, log.tree.size))
        throw behindAnchor(anchored.size, recorded)
      while (log.tree.size < recorded && now() - startedAtMs < PASS_MS) added += await guarded(() => step(recorded))
      if (log.tree.size > published.size && log.tree.size >= (anchored?.size ?? 0)) published = await publish(log.tree)
      const due = published.cosignatures === '' ? WITNESS_RETRY_MS : WITNESS_REFRESH_MS
      if (witness !== null && now() - witnessAskedAtMs >= due) await cosign(WITNESS_MS)
      return { size: log.tree.size, added, checkpoint: published, waiting: recorded - log.tree.size }
    },
  }
}

const behindAnchor = (anchorSize: number, size: number): SigningRefused =>
  new SigningRefused(
    'behind-anchor',
    `\`${anchorSize}\` entries were signed before, the database has \`${size}\`: it is an older copy`,
    `曾签发至 ${anchorSize} 条，数据库只有 ${size} 条：疑为旧备份恢复`,
  )

const load = (hold: LogHold): Promise<GrowingLog> => guarded(() => loadGrowingLog(hold))

/** A log that is not what was signed is not made to look whole again. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof LogDamaged || thrown instanceof LogGap)
      throw new SigningRefused('damaged', thrown.message, '日志的记录或哈希块与已签发的不符')
    throw thrown
  }
}
