import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a file whole or not at all, on disk when it resolves: a cosignature must not outlive what it was given for. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}

/** `undefined` only where there is no such file: a state that cannot be read is never taken for none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
}
