import { describe, expect, it } from 'vitest'
import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'

describe('random bytes', () => {
  const crypto = createSoftwareCrypto()

  it('never come twice, across refills of the pool and for every size', () => {
    const seen = new Set<string>()
    let drawn = 0
    for (let size = 8; size < 64; size++) {
      for (let i = 0; i < 60; i++, drawn++) {
        const bytes = crypto.random(size)
        expect(bytes.length).toBe(size)
        seen.add(bytes.toString('hex', 0, 8))
      }
    }
    expect(seen.size).toBe(drawn)
  })

  it('are the caller’s own: changing them changes nothing that comes later', () => {
    const first = crypto.random(32)
    first.fill(7)
    expect(crypto.random(32).equals(first)).toBe(false)
  })

  it('of large sizes do not come from the pool', () => {
    expect(crypto.random(100_000).length).toBe(100_000)
  })
})
