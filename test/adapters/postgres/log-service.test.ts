import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseProof, verifyProof } from '../../../gateway/log/tlog-proof.ts'
import { verifyLog } from '../../../gateway/log/verify-log.ts'
import { crypto } from '../../log/sample-log.ts'
import { type LogUnderTest, logUnderTest, published, until } from './log-support.ts'

let under: LogUnderTest
beforeEach(async () => {
  under = await logUnderTest()
})
afterEach(() => under.close())

describe('the published log', () => {
  it('begins with the empty tree', async () => {
    const service = under.service()
    service.start()
    expect((await published(service, 0)).size).toBe(0)
    expect(await under.verify(service)).toMatchObject({ ok: true, size: 0 })
    expect(service.readiness()).toMatchObject({ ready: true, role: 'integrating', refusal: null })
  })

  it('grows with the records, across tiles, and verifies at every size that was published', async () => {
    const service = under.service()
    service.start()
    const older: string[] = []
    let total = 0
    for (const count of [1, 254, 1, 1, 300]) {
      await under.append(count)
      total += count
      older.push((await published(service, total)).note)
      expect(await under.verify(service)).toMatchObject({
        ok: true,
        size: total,
        entriesChecked: total,
        sm3Size: total,
      })
    }
    for (const note of older) expect(await under.verify(service, note)).toMatchObject({ ok: true })
    expect(JSON.parse(await readFile(under.anchorFile, 'utf8'))).toMatchObject({ size: total })
  })

  it('goes on after a restart from where it was', async () => {
    const first = under.service()
    first.start()
    await under.append(300)
    const { note } = await published(first, 300)
    await first.stop()
    await under.append(10)
    const second = under.service()
    second.start()
    await published(second, 310)
    expect(await under.verify(second, note)).toMatchObject({ ok: true, size: 310, continuesFrom: 300 })
  })

  it('still serves the partial tiles of old checkpoints', async () => {
    const service = under.service()
    service.start()
    await under.append(3)
    await published(service, 3)
    const early = await service.reader.get('tile/0/000.p/3')
    const earlyEntries = await service.reader.get('tile/entries/000.p/3')
    await under.append(300)
    await published(service, 303)
    expect(await service.reader.get('tile/0/000.p/3')).toEqual(early)
    expect(await service.reader.get('tile/entries/000.p/3')).toEqual(earlyEntries)
    for (const path of ['tile/0/001.p/47', 'tile/entries/001.p/47', 'tile/0/000', 'tile/entries/000', 'tile/1/000.p/1'])
      expect(await service.reader.get(path), path).toBeDefined()
    for (const path of ['tile/0/001.p/48', 'tile/entries/001.p/48', 'tile/0/001', 'tile/entries/001', 'tile/2/000.p/1'])
      expect(await service.reader.get(path), path).toBeUndefined()
  })

  it('gives every record a receipt that holds', async () => {
    const service = under.service()
    service.start()
    const [first, last] = [(await under.append(1))[0]!, (await under.append(1))[0]!]
    for (const exchangeId of [first, last]) {
      const proof = parseProof((await service.proofOf({ exchangeId }))!)
      const extra = JSON.parse(proof.extra!.toString())
      expect(extra).toMatchObject({ v: 1, exchangeId })
      const entry = Buffer.from(extra.entry, 'base64')
      expect((await verifyProof(crypto, proof, entry, [service.signers.logKey])).size).toBeGreaterThan(proof.index)
    }
    expect(await service.proofOf({ exchangeId: 'nobody' })).toBeUndefined()
  })

  it('says that a receipt is not ready while nothing is published', async () => {
    const service = under.service()
    const [exchangeId] = await under.append(1)
    await expect(service.proofOf({ exchangeId: exchangeId! }, 50)).rejects.toMatchObject({ code: 'proof.pending' })
  })

  it('has one integrator among several, and another goes on when it ends', async () => {
    const [one, two] = [under.service(), under.service()]
    one.start()
    await until(() => one.readiness().role === 'integrating')
    two.start()
    await under.append(200)
    await published(two, 200)
    expect(two.readiness().role).toBe('following')
    await one.stop()
    await under.append(200)
    await published(two, 400)
    expect(two.readiness().role).toBe('integrating')
    expect(await under.verify(two)).toMatchObject({ ok: true, size: 400 })
  })

  it('an integrator that lost its session without noticing cannot write, and comes back', async () => {
    const service = under.service()
    service.start()
    await under.append(5)
    await published(service, 5)
    const ended = await under.database.sql<{ ended: boolean }>(
      `select pg_terminate_backend(pid) as ended from pg_stat_activity
        where application_name = 'guanyi-log-integrator' and datname = current_database()`,
    )
    expect(ended.length).toBe(1)
    await under.append(5)
    await published(service, 10)
    expect(await under.verify(service)).toMatchObject({ ok: true, size: 10 })
  })

  it('keeps up with several writers', async () => {
    const service = under.service()
    service.start()
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let round = 0; round < 5; round += 1) await under.append(40)
      }),
    )
    await published(service, 800)
    expect(await under.verify(service)).toMatchObject({ ok: true, size: 800 })
  })

  it('tells the size and the age of the checkpoint', async () => {
    const metrics = new Map<string, number>()
    const service = under.service({ onMetric: (name, value) => metrics.set(name, value) })
    service.start()
    await under.append(2)
    await until(() => metrics.get('log_tree_size') === 2)
    expect(metrics.get('log_signing_refused')).toBe(0)
    expect(metrics.get('log_checkpoint_age_seconds')).toBeLessThan(2)
  })
})

describe('what the database itself refuses', () => {
  it('a tile rewritten, a tree that shrinks, a checkpoint changed or removed', async () => {
    const service = under.service()
    service.start()
    await under.append(300)
    await published(service, 300)
    const { sql } = under.database
    for (const statement of [
      `update log_tiles set hashes = sha256('') || substring(hashes from 33)`,
      `update log_tiles set hashes = substring(hashes from 1 for 32) where level = 0`,
      'delete from log_tiles',
      'truncate log_tiles',
      'update log_tree set size = 299',
      `update log_tree set root = sha256('')`,
      'delete from log_tree',
      `update log_checkpoints set root = sha256('') where size = 300`,
      'delete from log_checkpoints',
      `update log_bundles set entries = 'x'`,
      'delete from log_bundles',
    ])
      await expect(sql(statement), statement).rejects.toThrow(/refused|append-only|只|仍|尚/)
  })

  it('two roots for one size, and a tree larger than the records', async () => {
    const service = under.service()
    service.start()
    await under.append(3)
    const { root } = await published(service, 3)
    const { sql } = under.database
    const publish = `select publish_checkpoint($1, $2, 'note', 'note', now(), '', null)`
    await expect(sql(publish, [3, Buffer.alloc(32)])).rejects.toThrow(/not of this tree/)
    await expect(sql(publish, [0, Buffer.alloc(32)])).rejects.toThrow(/two roots/)
    await expect(sql(publish, [4, Buffer.alloc(32)])).rejects.toThrow(/not of this tree/)
    const grow = `select grow_log($1, $2, $3, $4, $4, '{}', '{}', '{}', '{}', '{}', '{}') as grown`
    await expect(sql(grow, [3, root, 4, Buffer.alloc(32)])).rejects.toThrow(/larger than the records/)
    // Somebody who believes in another root, or in another size, moves nothing.
    await under.append(1)
    await published(service, 4)
    expect(await sql(grow, [3, root, 4, Buffer.alloc(32)])).toEqual([{ grown: false }])
  })

  it('the service’s role writes only through the three functions', async () => {
    const service = under.service()
    service.start()
    await published(service, 0)
    const pg = await import('pg')
    const client = new pg.default.Client({ connectionString: under.database.url })
    await client.connect()
    for (const table of ['log_tree', 'log_tiles', 'log_bundles', 'log_checkpoints'])
      await expect(client.query(`delete from ${table}`), table).rejects.toMatchObject({ code: '42501' })
    await client.end()
  })
})

describe('over what HTTP or files would give', () => {
  it('a record changed behind the triggers is found and named', async () => {
    const service = under.service()
    service.start()
    await under.append(20)
    await published(service, 20)
    await under.database.sql('alter table records disable trigger append_only')
    const partitions = await under.database.sql<{ name: string }>(
      `select tableoid::regclass::text as name from records limit 1`,
    )
    await under.database.sql(`alter table ${partitions[0]!.name} disable trigger append_only`)
    await under.database.sql(`update records set entry = '{"forged":1}' where index = 7`)
    const report = await verifyLog({ reader: service.reader, crypto, logKey: service.signers.logKey })
    expect(report.fault).toMatchObject({ code: 'entry', index: 7 })
    const [exchange] = await under.database.sql<{ exchange_id: string }>(
      'select exchange_id from exchange_ids where index = 7',
    )
    await expect(service.proofOf({ exchangeId: exchange!.exchange_id })).rejects.toMatchObject({
      name: 'RecordAltered',
    })
  })
})
