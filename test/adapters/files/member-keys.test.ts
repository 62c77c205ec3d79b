import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import { generateJwk, importJwk, type Jwk, toPublicJwk } from '../../../gateway/adapters/crypto/jwk.ts'
import { publishSystemKey } from '../../../gateway/adapters/files/member-key-files.ts'
import { createMemberKeys } from '../../../gateway/adapters/files/member-keys.ts'
import type { Catalog } from '../../../gateway/catalog/types.ts'
import type { KeySource } from '../../../gateway/ports/key-source.ts'

const publicKey = (kid: string): Jwk => toPublicJwk(importJwk({ ...generateJwk('ES256', kid) }))
const [old, fresh, published] = [publicKey('old'), publicKey('fresh'), publicKey('published')]

let dir: string
let nowMs: number
let faults: string[]
let keys: KeySource

beforeEach(() => {
  dir = mkdtempSync(join(inject('runDir'), 'member-keys-'))
  nowMs = 1_000_000
  faults = []
  const system = (id: string, jwks?: { keys: Jwk[] }) => [id, { system: { id, ...(jwks && { jwks }) } }] as const
  const catalog = {
    systems: new Map<string, unknown>([system('rc-enrolment'), system('rc-fund', { keys: [published] })]),
  } as unknown as Catalog
  keys = createMemberKeys({ dir, catalog: () => catalog, now: () => nowMs, onFault: (path) => faults.push(path) })
})

const write = (system: string, content: unknown): void =>
  writeFileSync(join(dir, `${system}.jwks.json`), typeof content === 'string' ? content : JSON.stringify(content))
const finds = async (system: string, kid: string): Promise<boolean> => (await keys.find(system, kid)) !== undefined

describe('keys of registered systems', () => {
  it('come from the system’s file', async () => {
    write('rc-enrolment', { keys: [old] })
    expect(await finds('rc-enrolment', 'old')).toBe(true)
    expect(await finds('rc-enrolment', 'fresh')).toBe(false)
  })
  it('a new key is taken up within a second, without restart', async () => {
    write('rc-enrolment', { keys: [old] })
    await finds('rc-enrolment', 'old')
    await publishSystemKey(dir, 'rc-enrolment', fresh, false)
    nowMs += 1_000
    expect([await finds('rc-enrolment', 'old'), await finds('rc-enrolment', 'fresh')]).toEqual([true, true])
  })
  it('a key taken away is refused at the first request, also after a long silence', async () => {
    write('rc-enrolment', { keys: [old] })
    await finds('rc-enrolment', 'old')
    expect(await publishSystemKey(dir, 'rc-enrolment', fresh, true)).toEqual(['fresh'])
    nowMs += 3_600_000
    expect(await finds('rc-enrolment', 'old')).toBe(false)
  })
  it('stand in the catalogue where there is no file', async () => {
    expect(await finds('rc-fund', 'published')).toBe(true)
    write('rc-fund', { keys: [fresh] })
    nowMs += 1_000
    expect([await finds('rc-fund', 'published'), await finds('rc-fund', 'fresh')]).toEqual([false, true])
  })
  it('a file that cannot be used closes the door instead of falling back to the catalogue', async () => {
    write('rc-fund', 'not json')
    expect(await finds('rc-fund', 'published')).toBe(false)
    expect(faults).toEqual([join(dir, 'rc-fund.jwks.json')])
  })
  it('a private key in the file makes it unusable', async () => {
    write('rc-enrolment', { keys: [generateJwk('ES256', 'private')] })
    expect(await finds('rc-enrolment', 'private')).toBe(false)
    expect(faults).toHaveLength(1)
  })
  it.each(['../rc-enrolment', 'rc-none', '', '.'])('an id that is not registered opens no file: `%s`', async (id) => {
    write('rc-none', { keys: [old] })
    expect(await finds(id, 'old')).toBe(false)
  })
})
