import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresRetentionStore } from '../../gateway/adapters/postgres/retention/store.ts'
import type { Operator } from '../../gateway/operators/types.ts'
import { createAdministrativeRecords } from '../../gateway/record/administrative.ts'
import { createExchangeId } from '../../gateway/record/exchange-id.ts'
import { createSubjectDigests } from '../../gateway/record/subject-digests.ts'
import { purgeDue } from '../../gateway/retention/purge.ts'
import { type LogUnderTest, logUnderTest, published } from '../adapters/postgres/log-support.ts'
import { crypto, DIGEST_KEY, SEAL_KEY } from '../operators/management.ts'
import { append, monthsAgo, recordedAt } from './old-records.ts'

const operator: Operator = { id: 'op-system', name: '测试系管', role: 'system-administrator', member: 'rc-dsjzx' }

describe('a purge and the published log', () => {
  let under: LogUnderTest
  beforeAll(async () => {
    under = await logUnderTest()
  })
  afterAll(() => under.close())

  it('whole bundles go, hashes stay, and the log still verifies, continuing every older checkpoint', async () => {
    const { database, records: log } = under
    await append(
      log,
      Array.from({ length: 600 }, () => recordedAt(monthsAgo(37))),
    )
    await append(
      log,
      Array.from({ length: 20 }, () => recordedAt(Date.now())),
    )
    const service = under.service()
    service.start()
    const { note } = await published(service, 620)
    const tile = await service.reader.get('tile/0/000')
    expect(await service.reader.get('tile/entries/000')).toBeDefined()

    const records = createAdministrativeRecords({
      gatewayId: 'guanyi:test',
      log,
      crypto,
      digests: createSubjectDigests(crypto, DIGEST_KEY),
      sealKey: SEAL_KEY,
      catalogVersion: () => 'c1',
      policyVersion: () => 'p1',
      newId: createExchangeId((bytes) => crypto.random(bytes)),
      now: Date.now,
    })
    const store = createPostgresRetentionStore({ url: database.ownerUrl })
    const outcome = await purgeDue({ store, records }, operator, '留存期限届满')
    await store.close()
    expect(outcome).toMatchObject({ sides: { release: 600 }, bundles: 2, lowestKept: 512n })

    await published(service, 622)
    expect(await service.reader.get('tile/entries/000')).toBeUndefined()
    expect(await service.reader.get('tile/entries/001')).toBeUndefined()
    expect(await service.reader.get('tile/entries/002.p/110')).toBeDefined()
    expect(await service.reader.get('tile/0/000')).toEqual(tile)
    expect(await under.verify(service, note)).toMatchObject({
      ok: true,
      size: 622,
      lowestKept: 512,
      entriesChecked: 622 - 512,
      continuesFrom: 620,
    })

    // Another process starting now builds on what is left.
    await service.stop()
    await under.append(5)
    const next = under.service()
    next.start()
    await published(next, 627)
    expect(await under.verify(next, note)).toMatchObject({ ok: true, size: 627, lowestKept: 512 })
  })
})
