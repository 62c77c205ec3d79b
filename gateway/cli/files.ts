import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { usageError } from './exit.ts'
import type { JsonValue } from './json.ts'
import type { CliIo } from './terminal.ts'

/** No input of ours is larger; a wrong file (a disk image) should not fill the memory. */
const MAX_BYTES = 64 * 1024 * 1024

/** Reads a file named in the arguments, or stdin for `-`. Errors: `CliError` (usage) naming the file. */
export async function readArgument(path: string, io: CliIo): Promise<string> {
  if (path !== '-') {
    return await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
      throw usageError(`读不到文件 ${path}（${thrown.code}）`, `cannot read file ${path} (${thrown.code})`)
    })
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of io.stdin) {
    chunks.push(Buffer.from(chunk))
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw usageError('标准输入过大', 'standard input is too large')
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The same, as JSON. What it holds is never quoted: requests name people. */
export async function readJsonArgument(path: string, io: CliIo): Promise<JsonValue> {
  const text = await readArgument(path, io)
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as JsonValue
  } catch {
    throw usageError(`${nameOf(path)} 不是 JSON`, `${nameOf(path)} is not JSON`)
  }
}

const nameOf = (path: string): string => (path === '-' ? 'stdin' : path)

/** Writes a file whole or not at all; 0600, since what the command line saves is data about people or a key. */
export async function writeResult(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (thrown) {
    await rm(draft, { force: true })
    const { code } = thrown as NodeJS.ErrnoException
    throw usageError(`写不了文件 ${path}（${code}）`, `cannot write file ${path} (${code})`)
  }
}
