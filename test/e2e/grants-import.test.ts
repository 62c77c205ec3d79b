import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, call, jose, jws, payloadOf } from '../support/wire.ts'

const IMPORTED = 800
const IMPORTERS = 4
const ASKERS_PER_GATEWAY = 4

/** What a department’s first day looks like: its authorisation table comes in while everybody else is at work. */
describe('grants of others imported at full speed beside exchanges on two gateways', () => {
  let city: Seeded
  let grants: ReturnType<typeof createPostgresGrantStore>
  let template: Grant
  let urls: string[]
  beforeAll(async () => {
    city = await seededGateway()
    urls = [city.gateway.dataUrl, (await city.another()).dataUrl]
    grants = createPostgresGrantStore({ url: city.ownerUrl })
    template = (await grants.get('grant-p2.1-jyj-enrolment'))!
  })
  afterAll(async () => {
    await grants?.close()
    await city?.stop()
  })

  const asking = async (url: string, purpose: string): Promise<Answered> => {
    const ask = { ...ENROLMENT, purpose, fields: ['household-registration.address'] }
    const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
    return call(url, jose('/v1/query', await jws(key, payloadOf('rc-enrolment', 'query', ask))))
  }
  /** Its own purpose, so that nothing else carries its requests. */
  async function ours(purpose: string): Promise<string> {
    const id = `grant-test-${purpose}`
    await grants.put({ ...template, id, purposes: [purpose], ceilings: [] }, 'test')
    for (const url of urls) await expect.poll(async () => (await asking(url, purpose)).status).toBe(200)
    return id
  }
  let turn = 0
  const foreign = (): Grant => ({
    ...template,
    id: `grant-import-${++turn}`,
    // Other scenarios of the same consumer, and the same scenario of other consumers.
    ...(turn % 2 === 0
      ? { scenario: `P7.${turn % 40}` }
      : { consumer: { kind: 'member', id: `imported-${turn % 40}` } as const }),
  })
  /** One statement a grant, each its own commit: what raises the version most often. */
  async function importing(count: number): Promise<number> {
    const start = performance.now()
    let left = count
    await Promise.all(
      Array.from({ length: IMPORTERS }, async () => {
        while (left-- > 0) await grants.put(foreign(), 'test')
      }),
    )
    return count / ((performance.now() - start) / 1000)
  }
  async function untilDone<T>(
    work: Promise<T>,
    purpose: string,
  ): Promise<{ result: T; answers: { answered: Answered; sentAt: number }[] }> {
    let over = false
    const answers: { answered: Answered; sentAt: number }[] = []
    const askers = urls.flatMap((url) =>
      Array.from({ length: ASKERS_PER_GATEWAY }, async () => {
        while (!over) {
          const sentAt = performance.now()
          answers.push({ answered: await asking(url, purpose), sentAt })
        }
      }),
    )
    const result = await work.finally(() => {
      over = true
    })
    await Promise.all(askers)
    return { result, answers }
  }

  it('no exchange fails', async () => {
    await ours('导入期间')
    const before = Number((await city.sql<{ v: string }>('select version as v from authorisation_version'))[0]!.v)
    const { result: perSecond, answers } = await untilDone(importing(IMPORTED), '导入期间')
    const after = Number((await city.sql<{ v: string }>('select version as v from authorisation_version'))[0]!.v)
    console.log(`${perSecond.toFixed(0)} grants/s imported beside ${answers.length} exchanges`)
    expect(after - before).toBeGreaterThanOrEqual(IMPORTED)
    expect(answers.length).toBeGreaterThan(20)
    expect(answers.map(({ answered }) => answered.status).filter((status) => status !== 200)).toEqual([])
  }, 120_000)

  it('one transaction of thousands of grants, left open for a while, holds nobody back', async () => {
    await ours('大批导入')
    const rows = Array.from({ length: 3_000 }, () => JSON.stringify(foreign()))
    const { answers } = await untilDone(
      city.sql(
        `with added as (insert into grants (document) select unnest($1::jsonb[]) returning 1)
         select pg_sleep(2), count(*) from added`,
        [rows],
      ),
      '大批导入',
    )
    expect(answers.length).toBeGreaterThan(20)
    expect(answers.map(({ answered }) => answered.status).filter((status) => status !== 200)).toEqual([])
  }, 60_000)

  it.each([1, 2, 3])(
    'a revocation in the midst of it stops the very next request on both gateways (%i)',
    async (round) => {
      const purpose = `撤销${round}`
      const id = await ours(purpose)
      let revokedAt = Number.POSITIVE_INFINITY
      const work = Promise.all([
        importing(200),
        new Promise((resolve) => {
          setTimeout(resolve, 50 + Math.random() * 400)
        }).then(async () => {
          await grants.setStatus(id, 'revoked', 'test', '核查')
          revokedAt = performance.now()
        }),
      ])
      const { answers } = await untilDone(work, purpose)
      const later = answers.filter(({ sentAt }) => sentAt > revokedAt)
      expect(answers.some(({ answered }) => answered.status === 200)).toBe(true)
      expect(later.length).toBeGreaterThan(0)
      expect(later.map(({ answered }) => answered.json().code).filter((code) => code !== 'access.denied')).toEqual([])
      expect(
        answers.map(({ answered }) => answered.status).filter((status) => status !== 200 && status !== 403),
      ).toEqual([])
    },
    60_000,
  )
})
