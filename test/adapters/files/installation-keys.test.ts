import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import {
  initInstallationKeys,
  loadInstallationKeys,
  SECRET_PURPOSES,
} from '../../../gateway/adapters/files/installation-keys.ts'
import { prepareIssuerKey, readIssuerKeys, rotateIssuerKey } from '../../../gateway/adapters/files/issuer-keys.ts'

const crypto = createSoftwareCrypto()
const NOW = Date.UTC(2026, 10, 20)
const MINUTE = 60_000
let dir: string
beforeEach(async () => {
  dir = join(mkdtempSync(join(inject('runDir'), 'keys-')), 'keys')
  await initInstallationKeys(dir, crypto, NOW)
})
const issuer = () => join(dir, 'issuer.jwks.json')
const secrets = () => join(dir, 'secrets.json')

describe('a new installation', () => {
  it('keeps its keys to itself', () => {
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    for (const file of [issuer(), secrets()]) expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(dir).sort()).toEqual(['issuer.jwks.json', 'log-sm2.jwk.json', 'log.jwk.json', 'secrets.json'])
  })
  it('has one secret per purpose, no two alike, and an active key', async () => {
    const keys = await loadInstallationKeys(dir)
    const bytes = SECRET_PURPOSES.map((purpose) => keys.secret(purpose).bytes.toString('hex'))
    expect(new Set(bytes).size).toBe(SECRET_PURPOSES.length)
    const data = Buffer.from('x')
    const signature = await crypto.sign(keys.signingKey(), data)
    expect(await crypto.verify(keys.ownKey(keys.signingKey().kid)!, data, signature)).toBe(true)
  })
  it('is left as it is when made again', async () => {
    const before = readFileSync(issuer(), 'utf8') + readFileSync(secrets(), 'utf8')
    expect(await initInstallationKeys(dir, crypto, NOW + MINUTE)).toEqual([])
    expect(readFileSync(issuer(), 'utf8') + readFileSync(secrets(), 'utf8')).toBe(before)
  })
  it('publishes no private half', async () => {
    const { keys } = (await loadInstallationKeys(dir)).publicJwks()
    expect(keys).toHaveLength(1)
    expect(Object.keys(keys[0]!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })
})

describe('rotation under a running gateway', () => {
  it('next is published, then signs; the old one goes on verifying, its private half is gone', async () => {
    let nowMs = NOW
    const keys = await loadInstallationKeys(dir, { now: () => nowMs })
    const first = keys.signingKey().kid
    const evidence = await crypto.sign(keys.signingKey(), Buffer.from('evidence'))

    const { kid: second } = await prepareIssuerKey(dir, NOW)
    expect(keys.publicJwks().keys.map(({ kid }) => kid)).toEqual([first])
    nowMs += 1_000
    expect(keys.publicJwks().keys.map(({ kid }) => kid)).toEqual([first, second])
    expect(keys.signingKey().kid).toBe(first)

    await rotateIssuerKey(dir, NOW + 10 * MINUTE)
    nowMs += 10 * MINUTE
    expect(keys.signingKey().kid).toBe(second)
    expect(
      keys
        .publicJwks()
        .keys.map(({ kid }) => kid)
        .sort(),
    ).toEqual([first, second].sort())
    expect(await crypto.verify(keys.ownKey(first)!, Buffer.from('evidence'), evidence)).toBe(true)
    expect((await readIssuerKeys(dir)).find(({ kid }) => kid === first)).not.toHaveProperty('d')
    expect(statSync(issuer()).mode & 0o777).toBe(0o600)
  })
  it('waits until everybody can have seen the next key, unless the active one has leaked', async () => {
    await expect(rotateIssuerKey(dir, NOW)).rejects.toThrow('keys prepare')
    await prepareIssuerKey(dir, NOW)
    await expect(rotateIssuerKey(dir, NOW + 9 * MINUTE)).rejects.toThrow('wait 60 s')
    const { kid } = await rotateIssuerKey(dir, NOW + 9 * MINUTE, true)
    expect((await loadInstallationKeys(dir)).signingKey().kid).toBe(kid)
  })
  it('a second next key is refused', async () => {
    await prepareIssuerKey(dir, NOW)
    await expect(prepareIssuerKey(dir, NOW)).rejects.toThrow('already')
  })
  it('two who change the keys at once: one is told', async () => {
    const outcomes = await Promise.allSettled([prepareIssuerKey(dir, NOW), prepareIssuerKey(dir, NOW)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await readIssuerKeys(dir)).toHaveLength(2)
  })
  it.each(['not json', '{}', '{"keys":[]}', '{"keys":[{"kid":"a","state":"active"}]}'])(
    'a spoilt file leaves the last good keys in force, told once: %s',
    async (content) => {
      let nowMs = NOW
      const faults: string[] = []
      const keys = await loadInstallationKeys(dir, { now: () => nowMs, onFault: (path) => faults.push(path) })
      const { kid } = keys.signingKey()
      writeFileSync(issuer(), content)
      for (let i = 0; i < 3; i++) {
        nowMs += 1_000
        expect(keys.signingKey().kid).toBe(kid)
      }
      expect(faults).toEqual([issuer()])
    },
  )
})

describe('an installation that cannot start', () => {
  const stored = () => JSON.parse(readFileSync(secrets(), 'utf8')) as Record<string, { id: string; secret: string }>
  it.each([
    { name: 'no keys', spoil: () => writeFileSync(issuer(), '{"keys":[]}'), says: 'active' },
    { name: 'no JSON', spoil: () => writeFileSync(issuer(), 'x'), says: 'is not JSON' },
    { name: 'a purpose without secret', spoil: () => writeFileSync(secrets(), '{}'), says: 'subject-digest' },
    {
      name: 'a secret that is too short',
      spoil: () => writeFileSync(secrets(), JSON.stringify({ ...stored(), cursor: { id: 'k1', secret: 'AAAA' } })),
      says: 'lacks 32 bytes for cursor',
    },
    {
      name: 'one secret for two purposes',
      spoil: () => writeFileSync(secrets(), JSON.stringify({ ...stored(), cursor: stored()['cache-seal'] })),
      says: 'share one secret',
    },
  ])('$name', async ({ spoil, says }) => {
    spoil()
    await expect(loadInstallationKeys(dir)).rejects.toThrow(says)
  })
  it('says what to do when the files are missing', async () => {
    await expect(loadInstallationKeys(join(dir, 'nowhere'))).rejects.toThrow('guanyi keys init')
  })
  it('never quotes a secret', async () => {
    const held = stored()
    writeFileSync(
      secrets(),
      JSON.stringify({ ...held, cursor: { ...held.cursor, secret: `${held.cursor!.secret}x!` } }),
    )
    const said = await loadInstallationKeys(dir).catch((thrown: Error) => thrown.message)
    for (const { secret } of Object.values(held)) expect(said).not.toContain(secret)
  })
  it('a draft left behind with wide modes does not widen the file', async () => {
    const draft = `${issuer()}.${process.pid}.new`
    writeFileSync(draft, 'old')
    chmodSync(draft, 0o644)
    await prepareIssuerKey(dir, NOW)
    expect(statSync(issuer()).mode & 0o777).toBe(0o600)
  })
})
