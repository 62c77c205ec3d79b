import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Reads a key file. Errors: a sentence naming the file, never what it holds. */
export async function readKeyFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`读不到 ${path}，可先运行 guanyi keys init / cannot read it; run \`guanyi keys init\` first`)
  })
  return parseKeyFile(text, path)
}

export function parseKeyFile(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${path} 不是 JSON / is not JSON`)
  }
}

/** Writes a file whole or not at all, 0600, on disk when it resolves: what was signed with a lost key verifies no more. */
export async function writeKeyFile(path: string, content: unknown, mode = 0o600): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  const file = await open(draft, 'w', mode)
  try {
    await file.chmod(mode) // a draft left by a crash keeps the mode it had
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}

/** Writes a file unless there is one. */
export async function writeKeyFileOnce(path: string, content: () => unknown): Promise<boolean> {
  if (await stat(path).catch(() => undefined)) return false
  await writeKeyFile(path, content())
  return true
}

/**
 * Keeps two people from changing one key file at once, since the later one would undo the earlier.
 *
 * Errors: a sentence naming the lock, which a crash may have left behind.
 */
export async function lockedWhile<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  const held = await open(lock, 'wx', 0o600).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown
    throw new Error(
      `${lock} 存在：另有人正在修改密钥；若是异常退出所留，请确认后删除 / somebody is changing the keys; delete it if a crash left it`,
    )
  })
  try {
    return await work()
  } finally {
    await held.close()
    await rm(lock, { force: true })
  }
}
