import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { disclose, fetchJwks, verifyEvidence } from '../../gateway/client/index.ts'
import { parseVkey } from '../../gateway/log/note-key.ts'
import { checkReceipt } from '../../gateway/log/receipt.ts'
import { FATHER } from '../../seeds/population/cast.ts'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { withRedis } from '../../seeds/services/redis-client.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

const crypto = createSoftwareCrypto()
let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

/** Years later: the sources have moved on, the cache is empty, the gateway has kept no value, only digests. */
describe('losing the payloads loses no proof', () => {
  it('one field the consumer discloses verifies against the hash in the log', async () => {
    const enrolment = city.client('rc-enrolment')
    const { evidence, exchangeId } = await enrolment.query(structuredClone(ENROLMENT))
    for (const service of Object.values(city.providers.services)) service.setMode('down')
    await withRedis(city.redis!.url, (redis) => redis.flushall())

    // What the gateway still has: the issuer's JWT, without a single value.
    const [kept] = await city.sql<{ jwt: string; entry: Buffer }>(
      'select s.issuer_jwt as jwt, r.entry from records r join record_sides s using (index, recorded_at) where r.exchange_id = $1',
      [exchangeId],
    )
    const { jwt, entry } = kept!
    for (const value of [FATHER.name, '测试路', ENROLMENT.subject.id]) {
      expect(Buffer.from(jwt.split('.')[1]!, 'base64url').toString()).not.toContain(value)
    }
    const logged = JSON.parse(entry.toString()) as { evidenceHash: string }
    expect(createHash('sha256').update(jwt).digest('base64url')).toBe(logged.evidenceHash)

    // What the consumer presents: that JWT with one disclosure.
    const presented = disclose(evidence, (path) => path.at(-1) === 'householder')
    expect(presented.split('~')[0]).toBe(jwt)
    const known = await fetchJwks(city.gateway.dataUrl)
    const verified = await verifyEvidence(presented, { crypto, resolveKey: (kid) => known.get(kid) })
    expect(verified.ok && verified.disclosed.map(({ value }) => value)).toEqual([FATHER.name])

    // And the entry with that hash is in the log, by a receipt that needs neither gateway nor database.
    const text = await (await enrolment.get(`/v1/exchanges/${exchangeId}/proof`)).text()
    const logKey = parseVkey(city.installation.logVkey)
    expect(await checkReceipt({ crypto, text, logKey, policy: undefined, entry })).toMatchObject({ ok: true })
    const other = Buffer.from(entry.toString().replace(logged.evidenceHash, 'A'.repeat(43)))
    expect(await checkReceipt({ crypto, text, logKey, policy: undefined, entry: other })).toMatchObject({ ok: false })
  })
})
