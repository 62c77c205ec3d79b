import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyPackage } from '../../gateway/evidence-package/verify.ts'
import { readZip } from '../../gateway/evidence-package/zip.ts'
import { PUPIL } from '../../seeds/population/cast.ts'
import { type DossierCity, dossierCity } from '../dossier/city.ts'
import { crypto } from '../operators/management.ts'
import { type City, evidenceCity } from './city.ts'

describe('the evidence package of a report', () => {
  let dossier: DossierCity
  let city: City
  let exchangeId: string
  beforeAll(async () => {
    dossier = await dossierCity()
    city = await evidenceCity(dossier.seeded)
    const { status, body } = await dossier.send('rc-police', 'changes', {
      dataset: 'household-registration',
      change: 'updated',
      subject: { type: 'person', idType: 'resident-id', id: PUPIL.id },
      occurredAt: new Date(Date.now() - 60_000).toISOString(),
    })
    expect([status, typeof body.exchangeId]).toEqual([200, 'string'])
    exchangeId = body.exchangeId
  })
  afterAll(async () => {
    await city?.stop()
    await dossier?.stop()
  })

  it('checks what there is, calls nothing a release, and names who holds no values', async () => {
    const answer = await city.request(
      `/admin/v1/records/${exchangeId}/evidence-package?unseal=request&reason=${encodeURIComponent('核查变更通知')}`,
    )
    const zip = Buffer.from(await answer.arrayBuffer())
    const { ok, checks, manifest } = await verifyPackage(zip, crypto)
    expect(checks.filter(({ result }) => result === 'failed')).toEqual([])
    expect(ok).toBe(true)
    expect(Object.fromEntries(checks.map(({ id, result }) => [id, result]))).toMatchObject({
      columns: 'passed',
      'issuer-signature': 'not-applicable',
      'request-commitment': 'passed',
      'subject-commitment': 'passed',
      grants: 'not-applicable',
      'log-proof': 'passed',
    })
    expect(manifest!.valuesHeldBy).toEqual({ member: null, system: null })
    const report = readZip(zip).get('核查报告.html')!.toString()
    expect(report).toMatch(/提交了数据变更通知，已受理并留痕/)
    expect(report).toMatch(/没有放行任何数据内容/)
  })
})
