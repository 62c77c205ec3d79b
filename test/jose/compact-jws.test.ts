import fc from 'fast-check'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { generateJwk, importSigningJwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { isCanonicalBase64url } from '../../gateway/jose/base64url.ts'
import {
  type JwsFault,
  JwsFormatError,
  parseCompactJws,
  signCompactJws,
  verifyCompactJws,
} from '../../gateway/jose/compact-jws.ts'

const crypto = createSoftwareCrypto()
const TYP = 'exchange-request+jws'
const keys = {
  ES256: importSigningJwk({ ...generateJwk('ES256', 'k1') }),
  EdDSA: importSigningJwk({ ...generateJwk('EdDSA', 'k1') }),
  SM2: importSigningJwk({ ...generateJwk('SM2', 'k1') }),
}
const encode = (text: string) => Buffer.from(text).toString('base64url')
const faultOf = (text: string | Buffer): JwsFault | undefined => {
  try {
    parseCompactJws(typeof text === 'string' ? Buffer.from(text) : text)
    return undefined
  } catch (thrown) {
    if (thrown instanceof JwsFormatError) return thrown.fault
    throw thrown
  }
}

describe.each(['ES256', 'EdDSA'] as const)('%s against jose', (alg) => {
  const key = keys[alg]

  it('jose verifies ours', async () => {
    const token = await signCompactJws(crypto, key, { typ: TYP }, '{"iss":"rc-enrolment"}')
    const { payload, protectedHeader } = await compactVerify(token, { ...toPublicJwk(key) })
    expect(Buffer.from(payload).toString()).toBe('{"iss":"rc-enrolment"}')
    expect(protectedHeader).toEqual({ alg, kid: 'k1', typ: TYP })
  })

  it('we verify what jose signs', async () => {
    const payload = Buffer.from('{"用途":"核验"}')
    const token = await new CompactSign(payload).setProtectedHeader({ alg, kid: 'k1', typ: TYP }).sign(key.key)
    const jws = parseCompactJws(Buffer.from(token))
    expect(jws.header).toEqual({ alg, kid: 'k1', typ: TYP })
    expect(jws.payloadBytes).toEqual(payload)
    expect(await verifyCompactJws(crypto, jws, key)).toBe(true)
  })
})

describe.each(Object.values(keys))('a token signed with $alg', (key) => {
  it('verifies, but not under another number or algorithm', async () => {
    const jws = parseCompactJws(Buffer.from(await signCompactJws(crypto, key, { typ: TYP }, 'x')))
    expect(await verifyCompactJws(crypto, jws, key)).toBe(true)
    expect(await verifyCompactJws(crypto, jws, { ...key, kid: 'k2' })).toBe(false)
    expect(await verifyCompactJws(crypto, { ...jws, header: { ...jws.header, alg: 'none' } }, key)).toBe(false)
  })

  it('lets nobody choose `alg` or `kid` through the header', async () => {
    const jws = parseCompactJws(Buffer.from(await signCompactJws(crypto, key, { alg: 'none', kid: 'other' }, 'x')))
    expect(jws.header).toEqual({ alg: key.alg, kid: key.kid })
  })

  it('never verifies once a byte is changed, put in or taken out', async () => {
    const token = Buffer.from(await signCompactJws(crypto, key, { typ: TYP }, '{"iss":"rc-enrolment","jti":"x"}'))
    const edit = fc.record({
      at: fc.nat(token.length - 1),
      byte: fc.nat(255),
      how: fc.constantFrom('replace', 'insert', 'remove'),
    })
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, byte, how }) => {
        const middle = how === 'remove' ? [] : [byte]
        const changed = Buffer.concat([
          token.subarray(0, at),
          Buffer.from(middle),
          token.subarray(how === 'insert' ? at : at + 1),
        ])
        fc.pre(!changed.equals(token))
        expect(await verifies(changed)).toBe(false)
      }),
      { numRuns: 300 },
    )

    async function verifies(bytes: Buffer): Promise<boolean> {
      if (faultOf(bytes) !== undefined) return false
      return verifyCompactJws(crypto, parseCompactJws(bytes), key)
    }
  })
})

describe('parseCompactJws refuses', () => {
  const header = encode('{"alg":"ES256","kid":"k1"}')
  const good = `${header}.${encode('x')}.${encode('sig')}`
  const withHeader = (json: string) => `${encode(json)}.${encode('x')}.${encode('sig')}`

  it('nothing of a good token', () => expect(faultOf(good)).toBeUndefined())

  it.each<{ why: string; token: string | Buffer; fault: JwsFault }>([
    { why: 'nothing at all', token: '', fault: 'parts' },
    { why: 'dots alone', token: '..', fault: 'parts' },
    { why: 'two parts', token: `${header}.${encode('x')}`, fault: 'parts' },
    { why: 'four parts', token: `${good}.AA`, fault: 'parts' },
    { why: 'a dot at the end', token: `${good}.`, fault: 'parts' },
    { why: 'an empty header', token: '.eA.eA', fault: 'parts' },
    { why: 'an empty payload', token: `${header}..eA`, fault: 'parts' },
    { why: 'an empty signature', token: `${header}.eA.`, fault: 'parts' },
    { why: 'JSON instead', token: '{"payload":"x"}', fault: 'parts' },
    { why: 'padding', token: `${header}.eA==.eA`, fault: 'encoding' },
    { why: 'the other alphabet', token: `${header}.+/+/.eA`, fault: 'encoding' },
    { why: 'white space around it', token: ` ${good}`, fault: 'encoding' },
    { why: 'a new line at the end', token: `${good}\n`, fault: 'encoding' },
    { why: 'stray bits, one byte', token: `${header}.eB.eA`, fault: 'encoding' },
    { why: 'stray bits, two bytes', token: `${header}.eHl.eA`, fault: 'encoding' },
    { why: 'a lone character', token: `${header}.eHh5e.eA`, fault: 'encoding' },
    { why: 'bytes beyond ASCII', token: Buffer.from([0xe5, 0x85, 0xb3, 0x2e, 0x41, 0x2e, 0x41]), fault: 'encoding' },
    { why: 'a header that is no JSON', token: withHeader('{"alg"'), fault: 'header' },
    { why: 'a header that is an array', token: withHeader('[]'), fault: 'header' },
    { why: 'a header that is null', token: withHeader('null'), fault: 'header' },
    {
      why: 'a header that is no UTF-8',
      token: `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.eA.eA`,
      fault: 'header',
    },
    { why: 'no alg', token: withHeader('{"kid":"k1"}'), fault: 'alg' },
    { why: 'alg that is no text', token: withHeader('{"alg":1,"kid":"k1"}'), fault: 'alg' },
    { why: 'no kid', token: withHeader('{"alg":"ES256"}'), fault: 'kid' },
    { why: 'an endless kid', token: withHeader(`{"alg":"ES256","kid":"${'k'.repeat(257)}"}`), fault: 'kid' },
    { why: 'typ that is no text', token: withHeader('{"alg":"ES256","kid":"k1","typ":[]}'), fault: 'typ' },
    { why: 'crit', token: withHeader('{"alg":"ES256","kid":"k1","crit":["exp"]}'), fault: 'crit' },
    { why: 'an empty crit', token: withHeader('{"alg":"ES256","kid":"k1","crit":[]}'), fault: 'crit' },
    { why: 'an unencoded payload', token: withHeader('{"alg":"ES256","kid":"k1","b64":false}'), fault: 'b64' },
    {
      why: 'a header over 4 KiB',
      token: withHeader(`{"alg":"ES256","kid":"k1","x":"${'x'.repeat(4096)}"}`),
      fault: 'header-size',
    },
  ])('$why', ({ token, fault }) => expect(faultOf(token)).toBe(fault))

  it('anything else with its own error and no other', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void faultOf(Buffer.from(bytes))))
    const near = fc
      .array(fc.constantFrom('.', header, 'eA', 'e', '=', '_', '{}'), { maxLength: 8 })
      .map((parts) => parts.join(''))
    fc.assert(fc.property(near, (text) => void faultOf(text)))
  })
})

it('base64url is canonical exactly when encoding the decoded bytes gives it back', () => {
  const text = fc.oneof(fc.base64String(), fc.stringMatching(/^[A-Za-z0-9_-]{0,9}$/), fc.string())
  fc.assert(
    fc.property(text, (candidate) => {
      expect(isCanonicalBase64url(candidate)).toBe(
        Buffer.from(candidate, 'base64url').toString('base64url') === candidate,
      )
    }),
    { numRuns: 1000 },
  )
})
