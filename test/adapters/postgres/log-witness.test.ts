import { describe, expect, it } from 'vitest'
import { ORIGIN } from '../../log/sample-log.ts'
import { closing, sameInstallation, startWitness, under } from './log-faults.ts'
import { logUnderTest, published, until } from './log-support.ts'

describe('the witness', () => {
  it('is asked again for the same checkpoint while nothing happens, so that its age stays small', async () => {
    const { url, vkey } = await startWitness()
    let aheadMs = 0
    const metrics = new Map<string, number>()
    const service = under.service({
      witness: { url, vkey },
      now: () => Date.now() + aheadMs,
      onMetric: (name, value) => metrics.set(name, value),
    })
    service.start()
    const first = await published(service, 0)
    await until(async () => (await service.view.latestCheckpoint())?.cosignatures !== '')
    await new Promise((resolve) => setTimeout(resolve, 1100))
    aheadMs = 70_000
    await until(async () => {
      const again = await service.view.latestCheckpoint()
      return again?.size === 0 && again.cosignatures !== first.cosignatures
    })
    expect(await under.verify(service)).toMatchObject({ ok: true, size: 0 })
  })

  it('cosigns what is published', async () => {
    const { url, vkey } = await startWitness()
    const metrics = new Map<string, number>()
    const service = under.service({ witness: { url, vkey }, onMetric: (name, value) => metrics.set(name, value) })
    service.start()
    await under.append(3)
    const { cosignatures } = await published(service, 3)
    expect(cosignatures).toContain(`— witness/${ORIGIN} `)
    expect((await service.reader.get('checkpoint'))?.toString()).toContain(cosignatures)
    await until(() => metrics.has('log_cosignature_age_seconds'))
    expect(metrics.get('log_cosignature_age_seconds')).toBeLessThan(3)
  })

  it('does not hold the log up while it is away', async () => {
    const { url, vkey, served } = await startWitness()
    const service = under.service({ witness: { url, vkey } })
    service.start()
    await under.append(3)
    await published(service, 3)
    await served.close()
    await under.append(3)
    await published(service, 6)
    await under.append(3)
    expect((await published(service, 9)).cosignatures).toBe('')
    expect(under.lines.join('\n')).toMatch(/witness is away/)
    expect(service.readiness().ready).toBe(true)
  })

  it('that knows another history stops the signing', async () => {
    const { url, vkey } = await startWitness()
    const first = under.service({ witness: { url, vkey } })
    first.start()
    await under.append(5)
    await published(first, 5)
    await first.stop()
    const fork = await logUnderTest()
    closing.push(() => fork.close())
    await fork.append(9)
    const service = fork.service({ ...sameInstallation(), anchorFile: fork.anchorFile, witness: { url, vkey } })
    service.start()
    await until(() => ['behind-witness', 'witness-disagrees'].includes(service.readiness().refusal ?? ''))
  })
})
