import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../gateway/config.ts'
import { startGateway } from '../../gateway/gateway.ts'
import { createLogger } from '../../gateway/telemetry/logger.ts'
import { FATHER, PUPIL } from '../../seeds/population/cast.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, call, jose, jws, payloadOf } from '../support/wire.ts'

let city: Seeded
let source: pg.Client
/** Where calls go; the last test puts another gateway here. */
let url: string
beforeAll(async () => {
  city = await seededGateway({ env: { GUANYI_RECORD_TIMEOUT_MS: '1500' } })
  url = city.gateway.dataUrl
  source = new pg.Client({ connectionString: city.sourcesUrl })
  await source.connect()
})
afterAll(async () => {
  await source?.end()
  await city?.stop()
})

const send = async (system: string, op: string, members: object): Promise<Answered> => {
  const { jwk } = city.installation.systemKeys.get(system)!
  return call(url, jose(`/v1/${op}`, await jws(jwk, payloadOf(system, op, members as never))))
}
const person = ({ id }: { id: string }) => ({ type: 'person', idType: 'resident-id', id })

interface Loan {
  data: { 'housing-provident-fund': { loanActive: boolean }[] }
  sources: { 'housing-provident-fund': { cache: string } }
}
/** What the gateway says of the father's loan, and whether it asked the source for it. */
async function loan(): Promise<{ active: boolean; cache: string }> {
  const answered = await send('rc-fund', 'query', {
    scenario: 'P5.5',
    item: 'rongcheng-p-068-1',
    case: '11371082PDY003018B3370705001001202611200010',
    purpose: '住房公积金贷款资格核验',
    subject: person(FATHER),
    fields: ['housing-provident-fund.loanActive'],
  })
  expect(answered.status, answered.text).toBe(200)
  const { data, sources } = answered.json() as unknown as Loan
  return { active: data['housing-provident-fund'][0]!.loanActive, cache: sources['housing-provident-fund'].cache }
}
async function cached(): Promise<boolean> {
  await loan()
  await expect.poll(async () => (await loan()).cache, { timeout: 5_000 }).toBe('hit')
  return (await loan()).active
}
/** The fund's own register changes; the gateway cannot know. */
const registerTurns = (active: boolean) =>
  source.query('update gjj.gr_zh set dkbz = $1 where zjhm = $2', [active ? '1' : '0', FATHER.id])
const notice = (changes: object = {}) =>
  send('rc-fund', 'changes', {
    dataset: 'housing-provident-fund',
    change: 'updated',
    subject: person(FATHER),
    occurredAt: new Date(Date.now() - 60_000).toISOString(),
    ...changes,
  })
const unraised = async (): Promise<number> =>
  (await city.sql('select from change_notices where raised_at is null')).length

describe('a change notice', () => {
  it('sends the next question to the source', async () => {
    const before = await cached()
    await registerTurns(!before)
    expect(await loan()).toEqual({ active: before, cache: 'hit' })
    const answered = await notice()
    expect([answered.status, answered.json().cache]).toEqual([200, 'raised'])
    expect(await loan()).toEqual({ active: !before, cache: 'miss' })
    const [record] = await city.sql<{ mode: string; system: string; datasets: string[] }>(
      'select mode, system, datasets from records where exchange_id = $1',
      [answered.json().exchangeId],
    )
    expect(record).toEqual({ mode: 'changes', system: 'rc-fund', datasets: ['housing-provident-fund'] })
  })

  it('is not kept from its work by an answer that was under way: what was read before it is not cached', async () => {
    const before = await cached()
    expect((await notice()).json().cache).toBe('raised')
    const fund = new pg.Client({ connectionString: city.sourcesUrl })
    await fund.connect()
    await fund.query('begin; lock table gjj.gr_zh in access exclusive mode')
    const underWay = loan()
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%gjj.gr_zh%' and datname = current_database()`
    await expect.poll(async () => (await source.query(waiting)).rows.length, { timeout: 2_500 }).toBeGreaterThan(0)
    expect((await notice()).json().cache).toBe('raised')
    await fund.query('rollback')
    await fund.end()
    expect(await underWay).toEqual({ active: before, cache: 'miss' })
    await registerTurns(!before)
    expect(await loan()).toEqual({ active: !before, cache: 'miss' })
  })

  it('is kept while Redis is away and done once it is back, though Redis remembers the old answer', async () => {
    const before = await cached()
    city.redis!.kill()
    await registerTurns(!before)
    const answered = await notice()
    expect([answered.status, answered.json().cache], answered.text).toEqual([200, 'pending'])
    expect((await loan()).active).toBe(!before)
    await city.redis!.restart()
    const client = new Redis(city.redis!.url)
    expect((await client.keys('guanyi:cache:*')).length).toBeGreaterThan(0)
    client.disconnect()
    await expect.poll(unraised, { timeout: 10_000 }).toBe(0)
    expect((await loan()).active).toBe(!before)
    await expect.poll(async () => (await loan()).cache, { timeout: 5_000 }).toBe('hit')
    expect((await loan()).active).toBe(!before)
  })

  it('that could not be recorded is refused, and what it was about is asked anew all the same', async () => {
    const before = await cached()
    await registerTurns(!before)
    const owner = new pg.Client({ connectionString: city.ownerUrl })
    await owner.connect()
    await owner.query('begin; lock table log_head in access exclusive mode')
    const answered = await notice()
    await owner.query('rollback')
    await owner.end()
    expect([answered.status, answered.json().code]).toEqual([503, 'record.unavailable'])
    await expect.poll(unraised, { timeout: 10_000 }).toBe(0)
    expect((await loan()).active).toBe(!before)
  })

  it('told twice is one line of the dossier, and the second record names the first', async () => {
    const occurredAt = new Date(Date.now() - 3_600_000).toISOString()
    const change = { dataset: 'household-registration', subject: person(PUPIL), occurredAt }
    const tell = () =>
      send('rc-police', 'changes', { ...change, change: 'updated' }).then(({ status, text, json }) => {
        expect(status, text).toBe(200)
        return json()
      })
    const [first, again] = [await tell(), await tell()]
    expect(again.exchangeId).toBe(first.exchangeId)
    expect(again.cache).toBe('raised')
    const repeats = await city.sql(
      `select 1 from records where convert_from(entry, 'UTF8')::jsonb #>> '{details,repeatOf}' = $1`,
      [first.exchangeId],
    )
    expect(repeats).toHaveLength(1)
    const lines = await city.sql(
      `select 1 from dossier_timeline where dataset = 'household-registration' and occurred_at = $1`,
      [occurredAt],
    )
    expect(lines).toHaveLength(1)
    const other = await send('rc-police', 'changes', { ...change, change: 'removed' })
    expect(other.json().exchangeId).not.toBe(first.exchangeId)
  })

  it('of another department’s dataset is refused, recorded, and raises nothing', async () => {
    const before = await cached()
    const answered = await send('rc-police', 'changes', {
      dataset: 'housing-provident-fund',
      change: 'updated',
      subject: person(FATHER),
      occurredAt: new Date(Date.now() - 60_000).toISOString(),
    })
    expect([answered.status, answered.json().code]).toEqual([403, 'access.denied'])
    const rows = await city.sql('select outcome, code from records where exchange_id = $1', [
      answered.headers['x-exchange-id'],
    ])
    expect(rows).toEqual([{ outcome: 'refused', code: 'access.denied' }])
    expect(await loan()).toEqual({ active: before, cache: 'hit' })
  })

  it('is done by a gateway that was started while Redis was away', async () => {
    const before = await cached()
    await city.gateway.stop()
    city.redis!.kill()
    const late = await startGateway(loadConfig(city.installation.env), createLogger('silent'))
    try {
      url = late.dataUrl
      await registerTurns(!before)
      expect((await notice()).json().cache).toBe('pending')
      await city.redis!.restart()
      await expect.poll(unraised, { timeout: 15_000 }).toBe(0)
      expect((await loan()).active).toBe(!before)
    } finally {
      await late.stop()
    }
  })
})

describe('without Redis', () => {
  it('there is no cache to raise, and no notice waits for one', async () => {
    const plain = await seededGateway({ redis: null })
    try {
      const { jwk } = plain.installation.systemKeys.get('rc-fund')!
      const members = {
        dataset: 'housing-provident-fund',
        change: 'updated',
        subject: person(FATHER),
        occurredAt: new Date(Date.now() - 60_000).toISOString(),
      }
      const answered = await call(
        plain.gateway.dataUrl,
        jose('/v1/changes', await jws(jwk, payloadOf('rc-fund', 'changes', members as never))),
      )
      expect([answered.status, answered.json().cache], answered.text).toEqual([200, 'raised'])
      expect(await plain.sql('select from change_notices where raised_at is null')).toEqual([])
    } finally {
      await plain.stop()
    }
  })
})
