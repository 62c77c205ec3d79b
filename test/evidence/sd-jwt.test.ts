import { hash, sign, verify } from 'node:crypto'
import { SDJwtInstance } from '@sd-jwt/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EvidenceClaims, issueEvidence } from '../../gateway/evidence/sd-jwt.ts'
import { disclose, verifyEvidence } from '../../gateway/evidence/verify.ts'
import type { SigningKey } from '../../gateway/ports/crypto.ts'
import { crypto, deps, issueSample, newKey, sampleClaims } from './sample.ts'

const SECRETS = ['371099201907120017', '371099198803120026', '测试路1号', '测试张三', '650000', '202604']
const payloadOf = (issuerJwt: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(issuerJwt.split('.')[1]!, 'base64url').toString())
const withoutUndefined = (claims: EvidenceClaims) => JSON.parse(JSON.stringify(claims)) as Record<string, unknown>

/** The library of the OpenWallet Foundation, told only the key: it must find everything else in the evidence. */
const oracle = (key: SigningKey) =>
  new SDJwtInstance({
    hasher: (data, alg) => hash(alg.replace('-', ''), typeof data === 'string' ? data : Buffer.from(data), 'buffer'),
    hashAlg: 'sha-256',
    verifier: (data, signature) => {
      const options = key.alg === 'EdDSA' ? key.key : ({ key: key.key, dsaEncoding: 'ieee-p1363' } as const)
      return verify(
        key.alg === 'EdDSA' ? null : 'sha256',
        Buffer.from(data),
        options,
        Buffer.from(signature, 'base64url'),
      )
    },
  })
const oracleVerify = (key: SigningKey, compact: string) =>
  oracle(key).verify(compact, { currentDate: sampleClaims().iat })

describe.each(['ES256', 'EdDSA'] as const)('evidence signed with %s', (alg) => {
  const key = newKey(alg)

  it('is read in full by @sd-jwt/core and by us, alike', async () => {
    const { compact } = await issueSample(key)
    const theirs = await oracleVerify(key, compact)
    const ours = await verifyEvidence(compact, deps(key))
    expect(theirs.payload).toEqual(withoutUndefined(sampleClaims()))
    expect(theirs.header).toEqual({ alg, kid: key.kid, typ: 'exchange-evidence+sd-jwt' })
    expect(ours).toMatchObject({ ok: true, header: theirs.header, claims: theirs.payload })
  })

  it('shows one field disclosed alone, to both, and nothing of the others', async () => {
    const { compact } = await issueSample(key)
    const one = disclose(compact, (path) => path.join('/') === 'data/social-insurance/1/base')
    expect(one.split('~')).toHaveLength(3)
    const want = {
      'household-registration': {},
      'social-insurance': [{}, { base: 650_000 }],
      'guardian:real-estate': [],
    }
    expect(await oracleVerify(key, one)).toMatchObject({
      payload: { data: want, subject: { type: 'person', idType: 'resident-id' } },
    })
    expect(await verifyEvidence(one, deps(key))).toMatchObject({
      ok: true,
      claims: { data: want },
      disclosed: [{ path: ['data', 'social-insurance', '1', 'base'], value: 650_000 }],
    })
  })

  it('is refused by both when a byte of the issuer-signed JWT is changed', async () => {
    const { compact, issuerJwt } = await issueSample(key)
    await fc.assert(
      fc.asyncProperty(fc.nat(issuerJwt.length - 1), fc.constantFrom('A', 'b', '7', '_'), async (at, character) => {
        fc.pre(compact[at] !== character)
        const changed = compact.slice(0, at) + character + compact.slice(at + 1)
        expect(await verifyEvidence(changed, deps(key))).toMatchObject({ ok: false })
        // The library reads sloppy base64url, where the last character of a part has bits that say nothing; we do not.
        const sloppy = compact[at + 1] === '.' || compact[at + 1] === '~'
        if (!sloppy) await expect(oracleVerify(key, changed)).rejects.toThrow()
      }),
      { numRuns: 40 },
    )
  })

  it('is refused by us when a byte of a disclosure is changed; the library drops or refuses it, and never shows another value', async () => {
    const { compact, issuerJwt } = await issueSample(key)
    const honest = JSON.stringify((await oracleVerify(key, compact)).payload)
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: issuerJwt.length + 1, max: compact.length - 2 }),
        fc.constantFrom('A', 'b', '7', '_'),
        async (at, character) => {
          fc.pre(compact[at] !== character && compact[at] !== '~')
          const changed = compact.slice(0, at) + character + compact.slice(at + 1)
          expect(await verifyEvidence(changed, deps(key))).toMatchObject({ ok: false })
          const theirs = await oracleVerify(key, changed).catch(() => undefined)
          expect(JSON.stringify(theirs?.payload)).not.toBe(honest)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('what is issued', () => {
  const key = newKey('ES256')

  it('keeps every value and identifier out of the issuer-signed JWT', async () => {
    const { issuerJwt } = await issueSample(key)
    const readable = JSON.stringify(payloadOf(issuerJwt))
    for (const secret of SECRETS) expect(readable).not.toContain(secret)
    expect(await verifyEvidence(`${issuerJwt}~`, deps(key))).toMatchObject({ ok: true, disclosed: [] })
  })

  it('has sorted digests, one array per row, the members of the design and no other', async () => {
    const { issuerJwt } = await issueSample(key)
    const payload = payloadOf(issuerJwt)
    const { subject, parties, data, _sd_alg, ...plain } = payload
    const { subject: _s, parties: _p, data: _d, ...wanted } = withoutUndefined(sampleClaims())
    expect(plain).toEqual(wanted)
    expect(_sd_alg).toBe('sha-256')
    expect(subject).toEqual({ type: 'person', idType: 'resident-id', _sd: [expect.stringMatching(/^[\w-]{43}$/)] })
    expect(parties).toEqual({ guardian: { type: 'person', idType: 'resident-id', _sd: [expect.any(String)] } })
    const datasets = data as Record<string, { _sd: string[] } | { _sd: string[] }[]>
    const arrays = Object.values(datasets)
      .flat()
      .map(({ _sd }) => _sd)
    expect(arrays.map((digests) => digests.length)).toEqual([5, 3, 3])
    for (const digests of arrays) expect(digests).toEqual([...digests].sort())
  })

  it('puts the results of `verify` behind digests too', async () => {
    const claims: EvidenceClaims = {
      ...sampleClaims(),
      mode: 'verify',
      data: {},
      results: { 'household-registration.address': 'match', 'social-insurance.base': 'mismatch' },
    }
    const { compact, issuerJwt } = await issueSample(key, claims)
    expect(JSON.stringify(payloadOf(issuerJwt))).not.toContain('match')
    expect(await verifyEvidence(compact, deps(key))).toMatchObject({ ok: true, claims: { results: claims.results } })
    const one = disclose(
      compact,
      ([section, field]) => section === 'results' && field === 'household-registration.address',
    )
    expect(await verifyEvidence(one, deps(key))).toMatchObject({
      claims: { results: { 'household-registration.address': 'match' } },
    })
  })

  it('uses its own 128-bit salt for each disclosure, from one call for randomness', async () => {
    const calls: number[] = []
    const random = (bytes: number) => {
      calls.push(bytes)
      return crypto.random(bytes)
    }
    const { compact } = await issueEvidence(sampleClaims(), { crypto, key, random })
    const disclosures = compact.split('~').slice(1, -1)
    const salts = disclosures.map(
      (disclosure) => (JSON.parse(Buffer.from(disclosure, 'base64url').toString()) as string[])[0]!,
    )
    expect(calls).toEqual([13 * 16])
    expect(new Set(salts).size).toBe(13)
    for (const salt of salts) expect(Buffer.from(salt, 'base64url')).toHaveLength(16)
  })

  it.each(['_sd', '...'])('never bears a name the format reserves: %s', async (name) => {
    await expect(issueSample(key, { ...sampleClaims(), data: { dataset: { [name]: 'x' } } })).rejects.toThrow(/named/)
    await expect(issueSample(key, { ...sampleClaims(), data: { [name]: { field: 'x' } } })).rejects.toThrow(/named/)
  })

  it('gives back any data it was given, and any selection of it', async () => {
    const scalar = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null))
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => text !== '_sd' && text !== '...')
    const row = fc.dictionary(name, scalar, { maxKeys: 5, noNullPrototype: true })
    const data = fc.dictionary(name, fc.oneof(row, fc.array(row, { maxLength: 3 })), {
      maxKeys: 4,
      noNullPrototype: true,
    })
    await fc.assert(
      fc.asyncProperty(data, fc.infiniteStream(fc.boolean()), async (given, coin) => {
        const { compact } = await issueSample(key, { ...sampleClaims(), data: given })
        const all = await verifyEvidence(compact, deps(key))
        expect(all).toMatchObject({ ok: true, claims: { data: JSON.parse(JSON.stringify(given)) } })
        const chosen = new Set<string>()
        const some = disclose(compact, (path) => {
          const keep = coin.next().value === true
          if (keep) chosen.add(JSON.stringify(path))
          return keep
        })
        const shown = await verifyEvidence(some, deps(key))
        expect(shown.ok && new Set(shown.disclosed.map(({ path }) => JSON.stringify(path)))).toEqual(chosen)
      }),
      { numRuns: 60 },
    )
  })

  it('can be signed with SM2', async () => {
    const sm2 = newKey('SM2')
    const { compact } = await issueSample(sm2)
    expect(await verifyEvidence(compact, deps(sm2))).toMatchObject({ ok: true, header: { alg: 'SM2' } })
    expect(await verifyEvidence(compact.replace(/[^~]~$/, '~'), deps(sm2))).toMatchObject({ ok: false })
  })

  it('is also read when @sd-jwt/core issued it, nested disclosures and decoys included', async () => {
    const issuer = new SDJwtInstance({
      hasher: (data, alg) => hash(alg.replace('-', ''), typeof data === 'string' ? data : Buffer.from(data), 'buffer'),
      hashAlg: 'sha-256',
      saltGenerator: (length) => crypto.random(length).toString('base64url'),
      signAlg: 'ES256',
      signer: (data) =>
        sign('sha256', Buffer.from(data), { key: key.key, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
    })
    const payload = {
      iss: 'x',
      holder: { name: '测试', home: { city: '荣成', road: '测试路' } },
      list: ['a', 'b', 'c'],
    }
    const compact = await issuer.issue(
      payload,
      { _sd: ['holder'], holder: { _sd: ['home'], _sd_decoy: 2, home: { _sd: ['road'] } }, list: { _sd: [0, 2] } },
      { header: { typ: 'exchange-evidence+sd-jwt', kid: key.kid } },
    )
    expect(await verifyEvidence(compact, deps(key))).toMatchObject({ ok: true, claims: payload })
    const partly = disclose(compact, (path) => path.join('/') !== 'holder/home')
    expect(await verifyEvidence(partly, deps(key))).toMatchObject({
      ok: true,
      claims: { iss: 'x', holder: { name: '测试' }, list: ['a', 'b', 'c'] },
    })
  })
})
