import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  generateJwk,
  importJwk,
  importSigningJwk,
  importVerificationJwk,
  toPublicJwk,
} from '../../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import type { SignatureAlg } from '../../../gateway/ports/crypto.ts'

const ALGS: SignatureAlg[] = ['ES256', 'EdDSA', 'SM2']
const provider = createSoftwareCrypto()

describe.each(ALGS)('a %s key', (alg) => {
  it('survives its JWK, and its public half verifies what the private half signs', async () => {
    const jwk = generateJwk(alg, 'k1')
    const signing = importSigningJwk({ ...jwk })
    const published = toPublicJwk(signing)
    expect(published).toMatchObject({ kid: 'k1', alg, use: 'sig' })
    expect(published).not.toHaveProperty('d')
    const verifying = importVerificationJwk({ ...published })
    expect(await provider.verify(verifying, Buffer.from('x'), await provider.sign(signing, Buffer.from('x')))).toBe(
      true,
    )
    expect(toPublicJwk(verifying)).toEqual(published)
  })

  const publicJwk = () => ({ ...toPublicJwk(importSigningJwk({ ...generateJwk(alg, 'k1') })) })
  it.each<[string, () => Record<string, unknown>]>([
    ['without kid', () => ({ ...publicJwk(), kid: undefined })],
    ['with an empty kid', () => ({ ...publicJwk(), kid: '' })],
    ['of another curve', () => ({ ...publicJwk(), crv: 'P-384' })],
    ['of a curve named like a property of objects', () => ({ ...publicJwk(), crv: 'constructor' })],
    ['of another type', () => ({ ...publicJwk(), kty: 'oct' })],
    ['with the alg of another', () => ({ ...publicJwk(), alg: 'RS256' })],
    ['for encryption', () => ({ ...publicJwk(), use: 'enc' })],
    ['with a short coordinate', () => ({ ...publicJwk(), x: 'AAAA' })],
    ['with the private half', () => ({ ...generateJwk(alg, 'k1') })],
  ])('is refused for verifying %s', (_why, jwk) => expect(() => importVerificationJwk(jwk())).toThrow(/key|`/))

  it('is refused for signing with the public half only, or with the public half of another', () => {
    expect(() => importSigningJwk(publicJwk())).toThrow(/private key/)
    const { d } = generateJwk(alg, 'k2')
    expect(() => importSigningJwk({ ...publicJwk(), d })).toThrow()
  })
})

it.each(['ES256', 'SM2'] as const)('a point off the curve is no %s key', (alg) => {
  const jwk = { ...toPublicJwk(importSigningJwk({ ...generateJwk(alg, 'k1') })) }
  expect(() => importVerificationJwk({ ...jwk, y: jwk.x })).toThrow()
})

it('takes keys made elsewhere', async () => {
  for (const alg of ['ES256', 'EdDSA'] as const) {
    const { publicKey } = await generateKeyPair(alg, { extractable: true })
    expect(importJwk({ ...(await exportJWK(publicKey)), kid: 'k' })).toMatchObject({ alg, kid: 'k' })
  }
})

it('never quotes a key in an error', () => {
  const jwk = generateJwk('ES256', 'k1')
  const message = (() => {
    try {
      importSigningJwk({ ...jwk, x: jwk.y })
    } catch (thrown) {
      return String(thrown)
    }
    return 'nothing thrown'
  })()
  expect(message).toMatch(/^CryptoKeyError/)
  expect(message).not.toContain(jwk.d)
})
