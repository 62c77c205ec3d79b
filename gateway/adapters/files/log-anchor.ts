import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseHash } from '../../log/checkpoint.ts'
import type { AnchoredHead, LogAnchor } from '../../ports/log-anchor.ts'

/** Processes of one machine share the file; a lock this old was left by a crash. */
const STALE_LOCK_MS = 5000

/** Errors: a sentence naming the file when it cannot be read or understood; never read as if it were absent. */
export function createLogAnchor(path: string): LogAnchor {
  const lock = `${path}.lock`

  async function read(): Promise<AnchoredHead | undefined> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new Error(`读不到日志锚点 ${path} / the log's anchor cannot be read`, { cause: thrown })
    }
    const head = parse(text)
    if (head === undefined) throw new Error(`日志锚点 ${path} 已损坏 / the log's anchor is damaged`)
    return head
  }

  async function locked<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const held = await open(lock, 'wx', 0o600).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'EEXIST') throw thrown
      })
      if (held !== undefined) {
        try {
          return await work()
        } finally {
          await held.close()
          await rm(lock, { force: true })
        }
      }
      const since = await stat(lock).catch(() => undefined)
      if (since !== undefined && Date.now() - since.mtimeMs > STALE_LOCK_MS) await rm(lock, { force: true })
      else await sleep(5)
    }
  }

  return {
    read,
    advance: (head) =>
      locked(async () => {
        const known = await read()
        if (known !== undefined && known.size >= head.size) return
        const draft = `${path}.new`
        const file = await open(draft, 'w', 0o600)
        try {
          await file.writeFile(`${JSON.stringify({ size: head.size, root: head.root.toString('base64') })}\n`)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(draft, path)
        const folder = await open(dirname(path), 'r')
        await folder.sync().finally(() => folder.close())
      }),
  }
}

function parse(text: string): AnchoredHead | undefined {
  try {
    const { size, root } = JSON.parse(text) as { size?: unknown; root?: unknown }
    const hash = typeof root === 'string' ? parseHash(root) : undefined
    return Number.isSafeInteger(size) && (size as number) >= 0 && hash
      ? { size: size as number, root: hash }
      : undefined
  } catch {
    return undefined
  }
}
