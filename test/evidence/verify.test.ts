import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EvidenceFault, verifyEvidence } from '../../gateway/evidence/verify.ts'
import { signCompactJws } from '../../gateway/jose/compact-jws.ts'
import { crypto, deps, issueSample, newKey } from './sample.ts'

const key = newKey('ES256')
const TYP = 'exchange-evidence+sd-jwt'
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const digest = (disclosure: string) => hash('sha256', disclosure, 'base64url')
/** Evidence put together by hand, correctly signed, so that only the rule in question can refuse it. */
const forge = async (payload: unknown, disclosures: string[] = [], header: Record<string, unknown> = { typ: TYP }) =>
  [await signCompactJws(crypto, key, header, JSON.stringify(payload)), ...disclosures, ''].join('~')

const member = encode(['salt', 'name', 'value'])
const element = encode(['salt', 'value'])

describe('verifyEvidence refuses', () => {
  it.each<{ why: string; compact: () => Promise<string>; fault: EvidenceFault }>([
    { why: 'nothing', compact: async () => '', fault: 'format' },
    { why: 'a JWT without a tilde', compact: async () => (await issueSample(key)).issuerJwt, fault: 'format' },
    {
      why: 'a key-binding JWT at the end',
      compact: async () => `${(await issueSample(key)).compact}a.b.c`,
      fault: 'key-binding',
    },
    { why: 'a cut end', compact: async () => (await issueSample(key)).compact.slice(0, -1), fault: 'key-binding' },
    { why: 'text in front', compact: async () => `关${(await issueSample(key)).compact}`, fault: 'header' },
    { why: 'another type of JWT', compact: () => forge({}, [], { typ: 'exchange-request+jws' }), fault: 'header' },
    { why: 'no type', compact: () => forge({}, [], {}), fault: 'header' },
    { why: 'an unknown key', compact: async () => (await issueSample({ ...key, kid: 'gw-0' })).compact, fault: 'key' },
    {
      why: 'another’s signature under our number',
      compact: async () => (await issueSample({ ...newKey('ES256'), kid: key.kid })).compact,
      fault: 'signature',
    },
    { why: 'a payload that is no object', compact: () => forge([1]), fault: 'payload' },
    { why: 'another hash', compact: () => forge({ _sd_alg: 'sha-512' }), fault: 'hash-algorithm' },
    { why: 'a disclosure nobody refers to', compact: () => forge({}, [member]), fault: 'unreferenced' },
    {
      why: 'a disclosure given twice',
      compact: () => forge({ _sd: [digest(member)] }, [member, member]),
      fault: 'duplicate',
    },
    {
      why: 'a digest that stands twice',
      compact: () => forge({ _sd: [digest(member)], in: { _sd: [digest(member)] } }, [member]),
      fault: 'duplicate',
    },
    { why: 'a hidden digest that stands twice', compact: () => forge({ _sd: ['x', 'x'] }), fault: 'duplicate' },
    {
      why: 'a name that is there already',
      compact: () => forge({ name: 'other', _sd: [digest(member)] }, [member]),
      fault: 'duplicate',
    },
    {
      why: 'an element where a member belongs',
      compact: () => forge({ _sd: [digest(element)] }, [element]),
      fault: 'disclosure',
    },
    {
      why: 'a member where an element belongs',
      compact: () => forge({ list: [{ '...': digest(member) }] }, [member]),
      fault: 'disclosure',
    },
    { why: 'an empty disclosure', compact: () => forge({ _sd: [digest('')] }, ['']), fault: 'disclosure' },
    {
      why: 'a disclosure that is no JSON',
      compact: () => forge({ _sd: [digest('AAAA')] }, ['AAAA']),
      fault: 'disclosure',
    },
    {
      why: 'a padded disclosure',
      compact: () => forge({ _sd: [digest(`${member}=`)] }, [`${member}=`]),
      fault: 'disclosure',
    },
    {
      why: 'an object as disclosure',
      compact: () => forge({ _sd: [digest(encode({}))] }, [encode({})]),
      fault: 'disclosure',
    },
    {
      why: 'four parts',
      compact: () => forge({ _sd: [digest(encode(['a', 'b', 1, 2]))] }, [encode(['a', 'b', 1, 2])]),
      fault: 'disclosure',
    },
    {
      why: 'a salt that is no text',
      compact: () => forge({ _sd: [digest(encode([1, 'b', 2]))] }, [encode([1, 'b', 2])]),
      fault: 'disclosure',
    },
    {
      why: 'a member named _sd',
      compact: () => forge({ _sd: [digest(encode(['s', '_sd', []]))] }, [encode(['s', '_sd', []])]),
      fault: 'reserved',
    },
    {
      why: 'a member named ...',
      compact: () => forge({ _sd: [digest(encode(['s', '...', 1]))] }, [encode(['s', '...', 1])]),
      fault: 'reserved',
    },
    { why: '_sd that is no list', compact: () => forge({ _sd: 'x' }), fault: 'reserved' },
    { why: 'a digest that is no text', compact: () => forge({ _sd: [1] }), fault: 'reserved' },
    { why: '... outside a list', compact: () => forge({ in: { '...': 'x' } }), fault: 'reserved' },
    { why: '... beside others', compact: () => forge({ list: [{ '...': 'x', more: 1 }] }), fault: 'reserved' },
  ])('$why', async ({ compact, fault }) => {
    expect(await verifyEvidence(await compact(), deps(key))).toEqual({ ok: false, fault })
  })
})

describe('verifyEvidence reads', () => {
  it('digests without a disclosure as values kept hidden', async () => {
    const compact = await forge({ _sd: ['hidden', digest(member)], list: [{ '...': 'hidden too' }, 'b'] }, [member])
    expect(await verifyEvidence(compact, deps(key))).toMatchObject({
      ok: true,
      claims: { name: 'value', list: ['b'] },
      disclosed: [{ path: ['name'], value: 'value' }],
    })
  })

  it('a member named __proto__ as a member and nothing more', async () => {
    const disclosure = Buffer.from('["s","__proto__",{"polluted":true}]').toString('base64url')
    const verified = await verifyEvidence(await forge({ _sd: [digest(disclosure)] }, [disclosure]), deps(key))
    expect(verified.ok && Object.getOwnPropertyNames(verified.claims)).toEqual(['__proto__'])
    expect(verified.ok && verified.claims.polluted).toBeUndefined()
  })

  it('any text without throwing', async () => {
    const { compact } = await issueSample(key)
    const pieces = fc
      .array(fc.constantFrom(...compact.split('~'), '', '~', '.', 'eA', '关'), { maxLength: 6 })
      .map((parts) => parts.join('~'))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(pieces, fc.string({ unit: 'binary' })),
        async (text) => void (await verifyEvidence(text, deps(key))),
      ),
    )
  })
})
