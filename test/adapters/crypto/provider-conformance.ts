import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type {
  CryptoProvider,
  DigestAlg,
  SealAlg,
  SecretKey,
  SignatureAlg,
  SigningKey,
} from '../../../gateway/ports/crypto.ts'

/** What an adapter must lend the suite: itself, and two keys of one algorithm. */
export interface CryptoUnderTest {
  create(): CryptoProvider | Promise<CryptoProvider>
  signingKey(alg: SignatureAlg, kid: string): SigningKey | Promise<SigningKey>
}

/** What every provider of `gateway/ports/crypto.ts` promises, whatever does the arithmetic. */
export function cryptoProviderConformance(name: string, { create, signingKey }: CryptoUnderTest): void {
  describe(`crypto provider: ${name}`, () => {
    let provider: CryptoProvider
    beforeAll(async () => {
      provider = await create()
    })

    describe.each<SignatureAlg>(['ES256', 'EdDSA', 'SM2'])('%s', (alg) => {
      let key: SigningKey
      let other: SigningKey
      beforeAll(async () => {
        key = await signingKey(alg, 'k1')
        other = await signingKey(alg, 'k2')
      })

      it('verifies what it signed, in 64 bytes, for messages of any length', async () => {
        for (const length of [0, 1, 55, 64, 700, 70_000]) {
          const data = provider.random(length)
          const signature = await provider.sign(key, data)
          expect(signature).toHaveLength(64)
          expect(await provider.verify(key, data, signature)).toBe(true)
        }
      })

      it('refuses another message, another key and every changed bit of the signature', async () => {
        const data = Buffer.from('一次交换')
        const signature = await provider.sign(key, data)
        expect(await provider.verify(key, Buffer.from('另一次交换'), signature)).toBe(false)
        expect(await provider.verify(other, data, signature)).toBe(false)
        await fc.assert(
          fc.asyncProperty(fc.nat(511), async (bit) => {
            const changed = Buffer.from(signature)
            changed[bit >> 3]! ^= 1 << (bit & 7)
            expect(await provider.verify(key, data, changed)).toBe(false)
          }),
          { numRuns: 60 },
        )
      })

      it('answers false, and does not throw, for a signature of the wrong shape', async () => {
        const data = Buffer.from('x')
        const signature = await provider.sign(key, data)
        const shapes = [
          Buffer.alloc(0),
          Buffer.alloc(64),
          Buffer.alloc(64, 0xff),
          signature.subarray(1),
          Buffer.concat([signature, signature]),
        ]
        for (const shape of shapes) expect(await provider.verify(key, data, shape)).toBe(false)
      })

      it('refuses to sign or verify under a name the key is not for', async () => {
        const wrong: SigningKey = { ...key, alg: alg === 'ES256' ? 'EdDSA' : 'ES256' }
        await expect(provider.sign(wrong, Buffer.from('x'))).rejects.toThrow(/key is for/)
        await expect(provider.verify(wrong, Buffer.from('x'), Buffer.alloc(64))).rejects.toThrow(/key is for/)
      })
    })

    describe.each<{ alg: SealAlg; keyBytes: number; overhead: number }>([
      { alg: 'A256GCM', keyBytes: 32, overhead: 29 },
      { alg: 'SM4-CTR-HMAC-SM3', keyBytes: 48, overhead: 49 },
    ])('$alg', ({ alg, keyBytes, overhead }) => {
      const secret = (fill: number): SecretKey => ({ id: 's1', bytes: Buffer.alloc(keyBytes, fill) })

      it('opens what it sealed, under the same associated data only', () => {
        fc.assert(
          fc.property(
            fc.uint8Array({ maxLength: 200 }),
            fc.string({ maxLength: 40 }),
            fc.string({ maxLength: 40 }),
            (plain, associated, another) => {
              const sealed = provider.seal(alg, secret(1), plain, associated)
              expect(sealed).toHaveLength(plain.length + overhead)
              expect(provider.open(alg, secret(1), sealed, associated)).toEqual(Buffer.from(plain))
              expect(provider.open(alg, secret(1), sealed, Buffer.from(associated))).toEqual(Buffer.from(plain))
              if (another !== associated) expect(() => provider.open(alg, secret(1), sealed, another)).toThrow()
            },
          ),
        )
      })

      it('throws for every changed bit, for another key, for every cut and for no sealed text', () => {
        const plain = Buffer.from('测试数据')
        const sealed = provider.seal(alg, secret(1), plain, 'a')
        for (let bit = 0; bit < sealed.length * 8; bit++) {
          const changed = Buffer.from(sealed)
          changed[bit >> 3]! ^= 1 << (bit & 7)
          expect(() => provider.open(alg, secret(1), changed, 'a')).toThrow()
        }
        for (let length = 0; length < sealed.length; length++)
          expect(() => provider.open(alg, secret(1), sealed.subarray(0, length), 'a')).toThrow()
        expect(() => provider.open(alg, secret(2), sealed, 'a')).toThrow()
        expect(() => provider.open(alg, secret(1), plain, 'a')).toThrow()
      })

      it('never seals alike twice', () => {
        const seal = () => provider.seal(alg, secret(1), Buffer.from('x'), '').toString('hex')
        expect(new Set(Array.from({ length: 50 }, seal)).size).toBe(50)
      })

      it('does not let bytes move between associated data and text', () => {
        const sealed = provider.seal(alg, secret(1), Buffer.from('bc'), 'a')
        expect(() => provider.open(alg, secret(1), sealed, '')).toThrow()
        expect(() => provider.open(alg, secret(1), sealed, 'ab')).toThrow()
      })

      it('refuses a key of another length', () => {
        expect(() => provider.seal(alg, { id: 's', bytes: Buffer.alloc(keyBytes - 1) }, Buffer.alloc(1), '')).toThrow(
          /bytes/,
        )
      })
    })

    it.each<{ alg: DigestAlg; text: string; hex: string; source: string }>([
      {
        alg: 'SHA-256',
        text: 'abc',
        hex: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        source: 'FIPS 180-2 B.1',
      },
      {
        alg: 'SM3',
        text: 'abc',
        hex: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
        source: 'GB/T 32905 A.1',
      },
    ])('$alg of the example in $source', ({ alg, text, hex }) => {
      expect(provider.digest(alg, text).toString('hex')).toBe(hex)
      expect(provider.digest(alg, Buffer.from(text)).toString('hex')).toBe(hex)
      expect(provider.digestBase64url(alg, text)).toBe(Buffer.from(hex, 'hex').toString('base64url'))
    })

    it('makes keyed digests that differ by key and algorithm', () => {
      const of = (alg: DigestAlg, fill: number) =>
        provider.mac(alg, { id: 'm', bytes: Buffer.alloc(32, fill) }, 'x').toString('hex')
      expect(new Set([of('SHA-256', 1), of('SHA-256', 2), of('SM3', 1), of('SM3', 2)]).size).toBe(4)
      expect(of('SM3', 1)).toBe(of('SM3', 1))
      expect(() => provider.mac('SM3', { id: 'm', bytes: Buffer.alloc(0) }, 'x')).toThrow()
    })

    it('gives as many random bytes as asked', () => {
      expect(provider.random(16)).toHaveLength(16)
      expect(provider.random(16)).not.toEqual(provider.random(16))
    })
  })
}
