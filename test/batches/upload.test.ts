import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { BATCH_MEMBERS, bulk, goodLine, ndjson, sha256 } from './bulk.ts'

vi.setConfig({ testTimeout: 60_000 })

let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

/** An upload that sends its lines when it is told to. */
async function slowUpload(system: ReturnType<typeof bulk>, id: string) {
  const { dataUrl } = city.gateway
  const sent = httpRequest(`${dataUrl}/v1/batches/${id}/subjects`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${await system.bearer(dataUrl)}` },
  })
  const answered = new Promise<{ status: number; json: unknown }>((resolve, reject) => {
    sent.on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, json: JSON.parse(text) }))
    })
    sent.on('error', reject)
  })
  return { send: (body: Buffer) => sent.write(body), end: (body: Buffer) => sent.end(body), answered }
}

/** Uploads under way of a batch, and how much of each is staged. */
const underWay = (batch: string) =>
  city.sql<{ id: string; staged: number }>(
    `select u.id, (select count(*)::int from batch_lines l where l.upload = u.id) as staged
       from batch_uploads u where u.batch = $1`,
    [batch],
  )

describe('two uploads of one batch', () => {
  it('the later takes the place of the earlier, which leaves nothing and is told so', async () => {
    const system = bulk(city)
    const lines = Array.from({ length: 250 }, (_none, at) => goodLine(at + 1))
    const body = ndjson(lines)
    const created = await system.create({ ...BATCH_MEMBERS, count: 250, subjectsSha256: sha256(body) })
    const id = String(created.json().id)
    const earlier = await slowUpload(system, id)
    earlier.send(ndjson(lines.slice(0, 150)))
    await expect.poll(() => underWay(id)).toMatchObject([{ staged: 100 }])
    const [first] = await underWay(id)

    const later = await slowUpload(system, id)
    later.send(ndjson(lines.slice(0, 120)))
    await expect.poll(() => underWay(id)).toMatchObject([{ id: expect.not.stringContaining(first!.id), staged: 100 }])
    earlier.end(ndjson(lines.slice(150)))
    expect(await earlier.answered).toMatchObject({ status: 409, json: { reasons: [{ rule: 'upload-overtaken' }] } })
    expect(await city.sql('select count(*)::int as n from batch_lines')).toEqual([{ n: 100 }])
    later.end(ndjson(lines.slice(120)))
    expect(await later.answered).toMatchObject({ status: 200, json: { state: 'running' } })
    expect(await system.finished(id)).toMatchObject({ released: 250 })
    expect(await city.sql('select from batch_uploads')).toEqual([])
  })
})
