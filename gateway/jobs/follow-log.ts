import { assertContinues, SigningRefused } from '../log/continuity.ts'
import type { LogSigners } from '../log/log-signers.ts'
import type { LogAnchor } from '../ports/log-anchor.ts'
import type { LogView, StoredCheckpoint } from '../ports/log-store.ts'

/**
 * What a process does while another one integrates: looks at what is published, and moves its own anchor along, so that
 * it knows how far the log had come should it have to take over from a database that does not.
 *
 * Errors: `SigningRefused` when the published log is not the one it knows; the store's own.
 */
export async function followLog(deps: {
  view: LogView
  signers: LogSigners
  anchor: LogAnchor
}): Promise<StoredCheckpoint | undefined> {
  const { view, signers, anchor } = deps
  const [latest, anchored] = [await view.latestCheckpoint(), await anchor.read()]
  if (latest === undefined || latest.size === anchored?.size) return latest
  if (anchored !== undefined && anchored.size > latest.size) {
    // The integrator moves a shared anchor before it publishes; what it is about to publish is in the tree already.
    if ((await view.tree()).size >= anchored.size) return latest
    throw new SigningRefused(
      'behind-anchor',
      `\`${anchored.size}\` entries were signed before, \`${latest.size}\` are published: the database is an older copy`,
      `曾签发至 ${anchored.size} 条，已发布的只有 ${latest.size} 条：疑为旧备份恢复`,
    )
  }
  if (!(await signers.isOwn(latest.note)))
    throw new SigningRefused('other-key', 'the published checkpoint is signed by another key', '检查点出自另一密钥')
  if (anchored !== undefined) await assertContinues(view, latest.size, anchored, 'the anchor')
  await anchor.advance({ size: latest.size, root: latest.root })
  return latest
}
