import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogReader } from './log-reader.ts'

const PATH = /^[a-z0-9-]+(\/[a-z0-9.-]+)*$/

/** A log exported to files (`exportLog`). */
export const directoryReader = (dir: string): LogReader => ({
  async get(path) {
    if (!PATH.test(path) || path.includes('..')) return undefined
    try {
      return await readFile(join(dir, path))
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
      throw thrown
    }
  },
})
