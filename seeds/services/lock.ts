import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isRunning, type ProcessIdentity } from './process-identity.ts'
import { ourselves, privateDir } from './state-file.ts'

/**
 * Runs `work` while no other process of ours does so under the same lock file, waiting its turn.
 *
 * A lock whose holder has died counts for nothing; two waiters who notice that at the same instant may both go on, so `work` must
 * put its result in place in one step.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  privateDir(dirname(file))
  while (!take(file)) {
    const holder = holderOf(file)
    if (holder && !isRunning(holder)) rmSync(file, { force: true })
    else await new Promise((resolve) => setTimeout(resolve, 50))
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify(ourselves()), { flag: 'wx', mode: 0o600 })
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw thrown
  }
}

/** `undefined` while the holder is still writing its name, or when the lock was just given back. */
function holderOf(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}
