import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresRetentionStore } from '../../gateway/adapters/postgres/retention/store.ts'
import { purgeDueTask } from '../../gateway/jobs/purge-due.ts'
import type { Operator } from '../../gateway/operators/types.ts'
import { eraseRecord } from '../../gateway/retention/erase.ts'
import { purgeDue } from '../../gateway/retention/purge.ts'
import type { RetentionStore } from '../../gateway/retention/types.ts'
import { draft } from '../conformance/exchange-log.ts'
import { type Management, management } from '../operators/management.ts'
import { append, coverAll, monthsAgo, recordedAt } from './old-records.ts'

const operator: Operator = { id: 'op-system', name: '测试系管', role: 'system-administrator', member: 'rc-dsj' }
const refusal = { ...draft().columns, outcome: 'refused' as const, code: 'access.denied' }

describe('purging what is due', () => {
  let plane: Management
  let store: RetentionStore
  const oldRelease = recordedAt(monthsAgo(37))
  const recent = recordedAt(monthsAgo(7))
  beforeAll(async () => {
    plane = await management()
    store = createPostgresRetentionStore({ url: plane.database.ownerUrl })
    // Two bundles long past everything, then one mixed, then today.
    await append(plane.log, [oldRelease, ...Array.from({ length: 519 }, () => recordedAt(monthsAgo(37)))])
    await append(plane.log, [
      recent,
      ...Array.from({ length: 10 }, () => recordedAt(monthsAgo(7), { columns: refusal })),
      ...Array.from({ length: 300 }, () => recordedAt(Date.now())),
    ])
  })
  afterAll(async () => {
    await store.close()
    await plane.stop()
  })
  const sides = async (): Promise<number> =>
    Number((await plane.database.sql<{ n: string }>('select count(*) as n from record_sides'))[0]!.n)

  it('shows what is due without touching anything', async () => {
    expect(await store.status()).toMatchObject({
      sidesDue: { release: 520, refusal: 10, administration: 0 },
      bundlesDue: 0,
      lowestKept: 0n,
      sidesKept: 831,
    })
    await coverAll(plane.database)
    expect(await store.status()).toMatchObject({ bundlesDue: 2, treeSize: 831n })
    expect(await sides()).toBe(831)
  })

  it('announces, erases sides per record, removes whole bundles, and reports', async () => {
    const outcome = await purgeDue({ store, records: plane.records }, operator, '留存期限届满')
    expect(outcome).toMatchObject({
      sides: { release: 520, refusal: 10, administration: 0 },
      bundles: 2,
      lowestKept: 512n,
    })
    expect(await sides()).toBe(831 - 530 + 2)
    const entries = await plane.entries()
    expect(entries).toHaveLength(831 - 512 + 2)
    expect(entries.slice(-2)).toMatchObject([
      {
        verb: 'retention.purge',
        target: null,
        reason: '留存期限届满',
        details: { sidesOfReleases: 520, sidesOfRefusals: 10, bundles: 2, fromIndex: '0', toIndex: '512' },
      },
      { verb: 'retention.purged', target: outcome?.act, details: { bundles: 2, lowestKept: '512' } },
    ])
    expect(await store.status()).toMatchObject({
      sidesDue: { release: 0, refusal: 0 },
      bundlesDue: 0,
      lowestKept: 512n,
    })
    const [bundles] = await plane.database.sql<{ n: string }>('select count(*) as n from log_bundles where index < 2')
    expect(bundles!.n).toBe('0')
  })

  it('what was purged is gone, but its id still stands for it', async () => {
    expect(await plane.log.find(oldRelease.exchangeId)).toBeUndefined()
    expect(await plane.log.append(oldRelease)).toMatchObject({ status: 'recorded', index: 0n, duplicate: true })
    expect(await plane.log.find(recent.exchangeId)).toMatchObject({ issuerJwt: 'e30.e30.e30' })
  })

  it('does and records nothing when nothing is due', async () => {
    const before = (await plane.entries()).length
    expect(await purgeDueTask({ store, records: plane.records, member: 'rc-dsj' }).run()).toEqual({
      sides: 0,
      held: 0,
      prefills: 0,
      bundles: 0,
    })
    expect(await plane.entries()).toHaveLength(before)
  })

  it('a longer period chosen by the installation holds back what would be due', async () => {
    await append(plane.log, [recordedAt(monthsAgo(8), { columns: refusal })])
    expect((await store.status()).sidesDue.refusal).toBe(1)
    await plane.database.sql(`update retention_rules set months = 12 where id = 'network-log'`)
    expect((await store.status()).sidesDue.refusal).toBe(0)
    await plane.database.sql(`update retention_rules set months = 6 where id = 'network-log'`)
  })

  it('announces even what then fails, and goes on next time', async () => {
    const broken: RetentionStore = { ...store, purgeSides: () => Promise.reject(new Error('connection lost')) }
    await expect(purgeDue({ store: broken, records: plane.records }, operator, '中断')).rejects.toThrow(
      'connection lost',
    )
    expect((await plane.entries()).at(-1)).toMatchObject({ verb: 'retention.purge', reason: '中断' })
    expect((await purgeDue({ store, records: plane.records }, operator, '继续'))?.sides.refusal).toBe(1)
  })

  it('does nothing when the announcement cannot be made durable', async () => {
    await append(plane.log, [recordedAt(monthsAgo(8), { columns: refusal })])
    const silent = { append: () => Promise.reject(new Error('record.unavailable')) }
    await expect(purgeDue({ store, records: silent }, operator, '无法留痕')).rejects.toThrow('record.unavailable')
    expect((await store.status()).sidesDue.refusal).toBe(1)
  })

  it('erases one record before its date only under a stated legal duty', async () => {
    const target = recordedAt(Date.now())
    const [index] = await append(plane.log, [target])
    const deps = { store, records: plane.records }
    const demand = { exchangeId: target.exchangeId, reason: '依当事人申请', legalDuty: null }
    const refused = eraseRecord(deps, operator, demand)
    await expect(refused).rejects.toMatchObject({
      code: 'access.denied',
      options: { publicDetail: { zh: /未到留存期限/ } },
    })
    const { act } = await eraseRecord(deps, operator, { ...demand, legalDuty: '个人信息保护法第四十七条第一款第四项' })
    expect((await plane.log.find(act))!.entry.toString()).toContain('第四十七条')
    expect(await plane.log.find(target.exchangeId)).toMatchObject({ index, subjectDigest: null, issuerJwt: null })
    await expect(eraseRecord(deps, operator, { ...demand, legalDuty: 'x' })).rejects.toMatchObject({
      code: 'request.unknown-resource',
    })
    await expect(eraseRecord(deps, operator, { ...demand, exchangeId: 'none' })).rejects.toMatchObject({
      code: 'request.unknown-resource',
    })
  })
})
