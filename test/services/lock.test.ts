import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { withLock } from '../../seeds/services/lock.ts'

const newLockFile = (): string => join(mkdtempSync(join(inject('runDir'), 'lock-')), 'work.lock')

describe('withLock', () => {
  it('lets one in at a time and gives the lock back', async () => {
    const file = newLockFile()
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 10))
      inside--
    }
    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)])
    expect(most).toBe(1)
    expect(existsSync(file)).toBe(false)
  })

  it('gives the lock back when the work fails', async () => {
    const file = newLockFile()
    await expect(withLock(file, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network')
    expect(await withLock(file, async () => 'done')).toBe('done')
  })

  it('does not wait for a holder that has died', async () => {
    const file = newLockFile()
    writeFileSync(file, JSON.stringify({ pid: process.pid, startedAs: 'an earlier process under this number' }))
    expect(await withLock(file, async () => 'done')).toBe('done')
  })
})
