import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createLogAnchor } from '../../../gateway/adapters/files/log-anchor.ts'
import { sampleKeys } from '../../log/sample-log.ts'
import { restored, sameInstallation, startWitness, under } from './log-faults.ts'
import { type LogUnderTest, published, until } from './log-support.ts'

describe('a database restored from an older backup', () => {
  async function grownAfterBackup(more: object = {}): Promise<LogUnderTest> {
    const service = under.service(more)
    service.start()
    await under.append(100)
    await published(service, 100)
    await service.stop()
    const copy = await restored()
    const later = under.service(more)
    later.start()
    await under.append(50)
    await published(later, 150)
    await later.stop()
    return copy
  }

  it('is not signed, neither at once nor after it has grown past the old size', async () => {
    const copy = await grownAfterBackup()
    const metrics = new Map<string, number>()
    const service = copy.service({ ...sameInstallation(), onMetric: (name, value) => metrics.set(name, value) })
    service.start()
    await until(() => service.readiness().refusal === 'behind-anchor')
    expect(service.readiness()).toMatchObject({ ready: false })
    expect(metrics.get('log_signing_refused')).toBe(1)
    expect(copy.lines.join('\n')).toMatch(/LOG SIGNING REFUSED/)
    await copy.append(100)
    await until(() => service.readiness().refusal === 'other-root')
    expect((await service.view.latestCheckpoint())?.size).toBe(100)
  })

  it('is not signed by a process that only followed, either', async () => {
    const copy = await grownAfterBackup()
    const [one, two] = [copy.service(sameInstallation()), copy.service(sameInstallation())]
    one.start()
    await until(() => one.readiness().refusal !== null)
    two.start()
    await until(() => two.readiness().refusal === 'behind-anchor')
    await one.stop()
    await until(() => two.readiness().role === 'integrating')
    await copy.append(100)
    await until(() => two.readiness().refusal === 'other-root')
    expect((await two.view.latestCheckpoint())?.size).toBe(100)
  })

  it('is not signed when only the witness remembers', async () => {
    const witness = await startWitness()
    const copy = await grownAfterBackup({ witness })
    rmSync(under.anchorFile)
    const service = copy.service({ ...sameInstallation(), witness })
    service.start()
    await until(() => service.readiness().refusal === 'behind-witness')
    await copy.append(100)
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(service.readiness().refusal).toBe('behind-witness')
    expect((await service.view.latestCheckpoint())?.size).toBe(100)
  })

  it('is not signed while nobody can say how far the log had come', async () => {
    const witness = await startWitness()
    const copy = await grownAfterBackup({ witness })
    rmSync(under.anchorFile)
    await witness.served.close()
    const service = copy.service({ ...sameInstallation(), witness })
    service.start()
    await until(() => service.readiness().refusal === 'unanchored')
  })

  it('that still holds every record that was signed goes on with the same history', async () => {
    const service = under.service()
    service.start()
    await under.append(100)
    await published(service, 100)
    await service.stop()
    await under.append(50)
    const copy = await restored() // 150 records, 100 of them in the tree
    const later = under.service()
    later.start()
    const { note } = await published(later, 150)
    await later.stop()
    const again = copy.service(sameInstallation())
    again.start()
    await copy.append(5)
    await published(again, 155)
    expect(await copy.verify(again, note)).toMatchObject({ ok: true, continuesFrom: 150 })
  })

  it('an emptied database under an old anchor is not signed', async () => {
    await createLogAnchor(under.anchorFile).advance({ size: 7, root: Buffer.alloc(32, 7) })
    const service = under.service()
    service.start()
    await until(() => service.readiness().refusal === 'behind-anchor')
    expect(await service.view.latestCheckpoint()).toBeUndefined()
  })

  it('an anchor that cannot be kept stops the signing, loudly', async () => {
    const service = under.service({ anchorFile: '/proc/no-such-place/log-anchor.json' })
    service.start()
    await until(() => service.readiness().fault !== null)
    expect(service.readiness()).toMatchObject({ ready: false, refusal: null })
    expect(await service.view.latestCheckpoint()).toBeUndefined()
    expect(under.lines.filter((line) => line.includes('log integration interrupted')).length).toBe(1)
  })

  it('another key does not go on with a log', async () => {
    const service = under.service()
    service.start()
    await published(service, 0)
    await service.stop()
    const other = under.service({ logKey: sampleKeys().log.signingKey })
    other.start()
    await until(() => other.readiness().refusal === 'other-key')
  })

  it('a record changed in the part not yet bundled stops the signing', async () => {
    const service = under.service()
    service.start()
    await under.append(5)
    await published(service, 5)
    await service.stop()
    const { sql } = under.database
    const [{ name }] = (await sql<{ name: string }>(
      'select tableoid::regclass::text as name from records limit 1',
    )) as [{ name: string }]
    await sql(`alter table ${name} disable trigger append_only`)
    await sql(`update records set entry = '{}' where index = 2`)
    const again = under.service()
    again.start()
    await until(() => again.readiness().refusal === 'damaged')
  })
})
