import { mkdtemp, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import { createLogAnchor } from '../../../gateway/adapters/files/log-anchor.ts'
import { initLogKeys, loadLogKeys } from '../../../gateway/adapters/files/log-keys.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(inject('runDir'), 'guanyi-log-keys-'))
})

describe('log keys', () => {
  it('are made once and then stay', async () => {
    expect(await initLogKeys(dir)).toEqual(['log.jwk.json', 'log-sm2.jwk.json'])
    const { log, sm2 } = await loadLogKeys(dir)
    expect([log.alg, sm2.alg]).toEqual(['EdDSA', 'SM2'])
    expect(await initLogKeys(dir)).toEqual([])
    expect((await loadLogKeys(dir)).log.key.equals(log.key)).toBe(true)
    expect((await stat(join(dir, 'log.jwk.json'))).mode & 0o777).toBe(0o600)
  })
  it('missing or swapped ones are named', async () => {
    await expect(loadLogKeys(dir)).rejects.toThrow(/log.*\.jwk\.json/)
    await initLogKeys(dir)
    const { readFile } = await import('node:fs/promises')
    await writeFile(join(dir, 'log.jwk.json'), await readFile(join(dir, 'log-sm2.jwk.json')))
    await expect(loadLogKeys(dir)).rejects.toThrow(/log\.jwk\.json.*EdDSA/)
  })
})

describe('log anchor', () => {
  const head = (size: number) => ({ size, root: Buffer.alloc(32, size) })

  it('only ever moves on, also with several writers', async () => {
    const path = join(dir, 'log-anchor.json')
    expect(await createLogAnchor(path).read()).toBeUndefined()
    const sizes = [3, 1, 9, 2, 8, 4, 7, 5, 6]
    await Promise.all(sizes.map((size) => createLogAnchor(path).advance(head(size))))
    expect(await createLogAnchor(path).read()).toEqual(head(9))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })
  it.each(['', '{}', '{"size":-1,"root":""}', '{"size":1,"root":"AAAA"}'])(
    '`%s` is not read as no anchor',
    async (text) => {
      const path = join(dir, 'log-anchor.json')
      await writeFile(path, text)
      await expect(createLogAnchor(path).read()).rejects.toThrow(/damaged/)
      await expect(createLogAnchor(path).advance(head(1))).rejects.toThrow(/damaged/)
    },
  )
})
