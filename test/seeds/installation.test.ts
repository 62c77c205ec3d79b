import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { prepareInstallation } from '../../seeds/installation/installation.ts'
import { freshDatabase } from '../support/services.ts'

it('an installation whose sources do not come up fails with their reason, and with nothing unhandled on the way', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  const database = await freshDatabase()
  try {
    const prepared = prepareInstallation({
      stateDir: mkdtempSync(join(inject('runDir'), 'installation-')),
      ownerUrl: database.ownerUrl,
      redisUrl: null,
      endpoints: Promise.reject(new Error('sources are away')),
      nowMs: Date.now(),
    })
    await expect(prepared).rejects.toThrow('sources are away')
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
    await database.drop()
  }
}, 30_000)
