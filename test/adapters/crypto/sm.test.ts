import { execFileSync, spawnSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sm2 } from 'sm-crypto-v2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateJwk, importJwk, importSigningJwk } from '../../../gateway/adapters/crypto/jwk.ts'
import { DEFAULT_SIGNER_ID, sm2Za } from '../../../gateway/adapters/crypto/sm2.ts'
import { importSm2PrivateKey, importSm2PublicKey } from '../../../gateway/adapters/crypto/sm2-key.ts'
import { sm2DerToRaw, sm2RawToDer } from '../../../gateway/adapters/crypto/sm2-signature.ts'
import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import published from '../../vectors/identifier-vectors.json' with { type: 'json' }

interface SmVector {
  id: string
  op: string
  input: string
  inputEncoding: 'utf8' | 'hex'
  output: string
  key: string
  iv: string
  publicKey: string
  signerId: string
  message: string
  signatureDer: string
  valid: boolean
}
const vectors = published.sm.vectors as unknown as SmVector[]
const of = (op: string) => vectors.filter((vector) => vector.op === op)
const provider = createSoftwareCrypto()
const hex = (text: string) => Buffer.from(text, 'hex')
const b64 = (text: string) => hex(text).toString('base64url')

describe('SM vectors', () => {
  it('are twelve', () => expect(vectors).toHaveLength(12))
  it.each(of('sm3'))('$id', ({ input, output }) => expect(provider.digest('SM3', input).toString('hex')).toBe(output))
  it.each(of('hmac-sm3'))('$id', ({ key, input, output }) => {
    expect(provider.mac('SM3', { id: 'v', bytes: Buffer.from(key) }, input).toString('hex')).toBe(output)
  })
  // The port seals with CTR; these two show that the cipher underneath is the standard's.
  it.each(of('sm4-ecb-nopad'))('$id', ({ key, input, output }) => {
    const cipher = createCipheriv('sm4-ecb', hex(key), null).setAutoPadding(false)
    expect(cipher.update(input, 'hex', 'hex') + cipher.final('hex')).toBe(output)
  })
  it.each(of('sm4-cbc-pkcs7'))('$id', ({ key, iv, input, output }) => {
    const cipher = createCipheriv('sm4-cbc', hex(key), hex(iv))
    expect(cipher.update(input, 'utf8', 'hex') + cipher.final('hex')).toBe(output)
  })
  it.each(of('sm2-verify'))('$id', async ({ publicKey, signerId, message, signatureDer, valid }) => {
    const { x, y } = { x: b64(publicKey.slice(2, 66)), y: b64(publicKey.slice(66)) }
    const key = importJwk({ kty: 'EC', crv: 'SM2', kid: 'v', x, y, signerIds: [signerId] })
    const signature = sm2DerToRaw(hex(signatureDer))
    expect(signature).toBeDefined()
    expect(await provider.verify(key, Buffer.from(message), signature!)).toBe(valid)
  })
})

describe('the example of GB/T 32918.2, annex A (recommended curve of part 5)', () => {
  const key = importSigningJwk({
    kty: 'EC',
    crv: 'SM2',
    kid: 'example',
    x: b64('09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020'),
    y: b64('CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13'),
    d: b64('3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8'),
  })
  const signature = hex(
    'F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3' +
      'B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA',
  )

  it('has the published ZA', () => {
    expect(sm2Za(key.key, DEFAULT_SIGNER_ID).toString('hex')).toBe(
      'b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3',
    )
  })
  it('has a signature that verifies, and under the default identity only', async () => {
    const message = Buffer.from('message digest')
    expect(await provider.verify(key, message, signature)).toBe(true)
    expect(await provider.verify({ ...key, signerIds: [''] }, message, signature)).toBe(false)
    expect(await provider.verify({ ...key, signerIds: ['', DEFAULT_SIGNER_ID] }, message, signature)).toBe(true)
  })
})

describe('signer identities (R82)', () => {
  it('signs under the identity of the key and is refused under any other', async () => {
    const key = importSigningJwk({ ...generateJwk('SM2', 'k'), signerId: '关驿' })
    const data = Buffer.from('x')
    const signature = await provider.sign(key, data)
    expect(await provider.verify(key, data, signature)).toBe(true)
    expect(await provider.verify({ ...key, signerIds: [DEFAULT_SIGNER_ID] }, data, signature)).toBe(false)
    expect(await provider.verify({ ...key, signerIds: [] }, data, signature)).toBe(false)
  })
  it('refuses an identity that ZA has no room for', async () => {
    const key = importSigningJwk({ ...generateJwk('SM2', 'k'), signerId: 'x'.repeat(8192) })
    await expect(provider.sign(key, Buffer.from('x'))).rejects.toThrow(/identity/)
  })
})

describe('against sm-crypto-v2', () => {
  const key = importSigningJwk({ ...generateJwk('SM2', 'k') })
  const spki = importSm2PublicKey({ kid: 'k', key: publicDer() })
  const point = publicDer().subarray(-65).toString('hex')
  const scalar = key.key.export({ type: 'pkcs8', format: 'der' }).subarray(36, 68).toString('hex')

  function publicDer(): Buffer {
    return sm2PublicPem(key.key, 'der') as Buffer
  }

  it('accepts ours, and ours accepts its', async () => {
    for (const userId of [DEFAULT_SIGNER_ID, 'ALICE123@YAHOO.COM']) {
      for (let i = 0; i < 8; i++) {
        const data = provider.random(20 + i * 37)
        const ours = await provider.sign({ ...key, signerId: userId }, data)
        expect(sm2.doVerifySignature(data, ours.toString('hex'), point, { hash: true, userId })).toBe(true)
        const theirs = hex(sm2.doSignature(data, scalar, { hash: true, userId, publicKey: point }))
        expect(await provider.verify({ ...spki, signerIds: [userId] }, data, theirs)).toBe(true)
      }
    }
  })
})

const openssl = spawnSync('openssl', ['version']).status === 0
describe.skipIf(!openssl)(`against the OpenSSL command${openssl ? '' : ' (skipped: no openssl on PATH)'}`, () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'guanyi-sm2-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const rawSm3 = ['-rawin', '-digest', 'sm3']

  it.each(['1234567812345678', 'rc-enrolment'])('it verifies what we sign as %s', async (signerId) => {
    const key = importSigningJwk({ ...generateJwk('SM2', 'k'), signerId })
    const data = Buffer.from('一次交换 an exchange')
    writeFileSync(at('public.pem'), sm2PublicPem(key.key, 'pem'))
    writeFileSync(at('message'), data)
    writeFileSync(at('signature'), sm2RawToDer(await provider.sign(key, data)))
    const verify = (id: string) =>
      spawnSync('openssl', [
        ...[
          'pkeyutl',
          '-verify',
          '-pubin',
          '-inkey',
          at('public.pem'),
          '-in',
          at('message'),
          '-sigfile',
          at('signature'),
        ],
        ...[...rawSm3, '-pkeyopt', `distid:${id}`],
      ]).status
    expect(verify(signerId)).toBe(0)
    expect(verify('someone-else')).not.toBe(0)
  })

  it.each(['1234567812345678', 'rc-enrolment'])('we verify what it signs as %s', async (signerId) => {
    run('genpkey', '-algorithm', 'SM2', '-out', at('private.pem'))
    run('pkey', '-in', at('private.pem'), '-pubout', '-out', at('its-public.pem'))
    writeFileSync(at('message'), '一次交换')
    const id = ['-pkeyopt', `distid:${signerId}`]
    run(
      'pkeyutl',
      '-sign',
      '-inkey',
      at('private.pem'),
      '-in',
      at('message'),
      '-out',
      at('its-signature'),
      ...rawSm3,
      ...id,
    )
    const key = importSm2PublicKey({
      kid: 'k',
      key: run('pkey', '-pubin', '-in', at('its-public.pem')).toString(),
      signerIds: [signerId],
    })
    const signature = sm2DerToRaw(
      run('pkeyutl', '-sign', '-inkey', at('private.pem'), '-in', at('message'), ...rawSm3, ...id),
    )
    expect(await provider.verify(key, Buffer.from('一次交换'), signature!)).toBe(true)
    expect(await provider.verify(key, Buffer.from('另一次交换'), signature!)).toBe(false)
    const own = importSm2PrivateKey({ kid: 'k', key: run('pkey', '-in', at('private.pem')).toString(), signerId })
    expect(await provider.verify(key, Buffer.from('x'), await provider.sign(own, Buffer.from('x')))).toBe(true)
  })
})

describe('DER of an SM2 signature (R84)', () => {
  const one = '01'
  const der = (r: string, s: string) => {
    const part = (n: string) => `02${(n.length / 2).toString(16).padStart(2, '0')}${n}`
    const body = part(r) + part(s)
    return hex(`30${(body.length / 2).toString(16).padStart(2, '0')}${body}`)
  }
  const order = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'

  it('comes back as it was', () => {
    for (const [r, s] of [
      [one, one],
      ['7f', '0080'],
      [`00${'f'.repeat(7)}e${'1'.repeat(56)}`, '0100'],
    ] as const)
      expect(sm2RawToDer(sm2DerToRaw(der(r, s))!)).toEqual(der(r, s))
  })

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['zero', der('00', one)],
    ['a superfluous zero byte', der('0001', one)],
    ['a negative number', der('80', one)],
    ['the order itself', der(`00${order}`, one)],
    ['more than 32 bytes', der(`01${order}`, one)],
    ['bytes left over', Buffer.concat([der(one, one), Buffer.from([0])])],
    ['bytes left over inside', hex('3008020101020101ffff')],
    ['a long-form length', hex('308106020101020101')],
    ['a number that ends too soon', hex('3006020101020201')],
    ['another tag', hex('3106020101020101')],
  ])('is refused with %s', (_why, bytes) => expect(sm2DerToRaw(bytes)).toBeUndefined())
})

function sm2PublicPem(privateKey: ReturnType<typeof importSigningJwk>['key'], format: 'pem' | 'der'): string | Buffer {
  const der = privateKey.export({ type: 'pkcs8', format: 'der' })
  const spki = Buffer.concat([hex('3059301306072a8648ce3d020106082a811ccf5501822d034200'), der.subarray(-65)])
  if (format === 'der') return spki
  return `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----\n`
}
