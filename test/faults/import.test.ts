import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { call, jose, jws, payloadOf } from '../support/wire.ts'

let city: Seeded
let grants: ReturnType<typeof createPostgresGrantStore>
beforeAll(async () => {
  city = await seededGateway()
  grants = createPostgresGrantStore({ url: city.ownerUrl })
})
afterAll(async () => {
  await grants?.close()
  await city?.stop()
})

describe('grants that change some fifty times a second', () => {
  it('stop no exchange: each is decided again until its record meets the grants it was decided under', async () => {
    const template = (await grants.get('grant-p5.1-zrzyj-new-home'))!
    let changes = 0
    let importing = true
    const importer = (async () => {
      while (importing) {
        await grants.put({ ...template, id: `grant-import-${changes++}` }, 'test')
        await sleep(15)
      }
    })()
    const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
    const statuses: number[] = []
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let n = 0; n < 40; n++) {
          const sent = jose('/v1/query', await jws(key, payloadOf('rc-enrolment', 'query', ENROLMENT)))
          statuses.push((await call(city.gateway.dataUrl, sent)).status)
        }
      }),
    )
    importing = false
    await importer
    expect(changes).toBeGreaterThan(10)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
  })
})
