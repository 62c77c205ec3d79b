import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { generateJwk, importSigningJwk } from '../../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import { cryptoProviderConformance } from './provider-conformance.ts'

cryptoProviderConformance('software', {
  create: createSoftwareCrypto,
  signingKey: (alg, kid) => importSigningJwk({ ...generateJwk(alg, kid) }),
})

describe('software crypto', () => {
  const provider = createSoftwareCrypto()

  it('refuses an SM2 key pair that was not imported: it would sign plain ECDSA (R83)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' })
    await expect(provider.sign({ alg: 'SM2', kid: 'k', key: privateKey }, Buffer.from('x'))).rejects.toThrow(
      /before export and import/,
    )
    await expect(
      provider.verify({ alg: 'SM2', kid: 'k', key: publicKey }, Buffer.from('x'), Buffer.alloc(64)),
    ).rejects.toThrow(/import/)
  })

  it.each([
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
    ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey],
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['Ed448', () => generateKeyPairSync('ed448').publicKey],
  ])('refuses a key of %s', async (_kind, key) => {
    await expect(
      provider.verify({ alg: 'ES256', kid: 'k', key: key() }, Buffer.from('x'), Buffer.alloc(64)),
    ).rejects.toThrow(/not supported/)
  })

  it('refuses to sign with a public key', async () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    await expect(provider.sign({ alg: 'EdDSA', kid: 'k', key: publicKey }, Buffer.from('x'))).rejects.toThrow(/private/)
  })
})
