import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import type { Ask } from '../../gateway/client/index.ts'
import { FAMILY_CAR, GUARDIAN, HUSBAND, OPERATORS, PUPIL, WIFE } from '../../seeds/population/cast.ts'
import { ENROLMENT, SAMPLES } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, call, jose, jws, payloadOf } from '../support/wire.ts'

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

const asking = async (
  system: string,
  ask: Ask,
  { op = 'query', url = city.gateway.dataUrl } = {},
): Promise<Answered> => {
  const key = city.installation.systemKeys.get(system)!.jwk
  return call(url, jose(`/v1/${op}`, await jws(key, payloadOf(system, op, ask))))
}
const recordOf = async (exchangeId: unknown) =>
  (
    await city.sql<{ index: string; outcome: string; code: string | null; entry: Buffer; grants: string[] }>(
      'select index, outcome, code, entry, grants from records where exchange_id = $1',
      [exchangeId],
    )
  )[0]
const exchangeIdOf = ({ headers }: Answered): string => String(headers['x-exchange-id'])
const refusedAsk: Ask = { ...ENROLMENT, fields: ['household-registration.ethnicGroup'] }

/** Holds the log's head, so that appends wait, while `work` runs. */
async function whileLogWaits<T>(work: () => Promise<T>): Promise<T> {
  const holder = new pg.Client({ connectionString: city.ownerUrl })
  await holder.connect()
  try {
    await holder.query('begin')
    await holder.query('select size from log_head for update')
    return await work()
  } finally {
    await holder.query('rollback').catch(() => undefined)
    await holder.end()
  }
}
const appendsWaiting = async (): Promise<number> =>
  Number(
    (
      await city.sql<{ n: string }>(
        `select count(*) as n from pg_stat_activity where application_name = 'guanyi-log' and wait_event_type = 'Lock' and datname = current_database()`,
      )
    )[0]!.n,
  )
async function until(holds: () => Promise<boolean>, withinMs = 5_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('did not come about')
    await sleep(5)
  }
}

describe('invariant 1, over the wire: guarded by the awaits of record and recordFailure in gateway/run-exchange.ts', () => {
  it.each([
    ['yes', ENROLMENT, 200],
    ['no', refusedAsk, 403],
  ] as const)('%s: not a byte comes while the log is waiting', async (_name, ask, status) => {
    let answered: Answered | undefined
    const running = await whileLogWaits(async () => {
      const asked = asking('rc-enrolment', structuredClone(ask) as Ask).then((answer) => {
        answered = answer
      })
      await until(async () => (await appendsWaiting()) > 0)
      await sleep(150)
      expect(answered).toBeUndefined()
      return { asked }
    })
    await running.asked
    expect(answered!.status).toBe(status)
    expect(await recordOf(exchangeIdOf(answered!))).toMatchObject({ outcome: status === 200 ? 'released' : 'refused' })
  })

  it('every answer of an established sender has its record at the moment it arrives, strangers and repeats have none', async () => {
    const count = async () => Number((await city.sql<{ n: string }>('select count(*) as n from records'))[0]!.n)
    const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
    for (const ask of [ENROLMENT, refusedAsk, { ...ENROLMENT, limit: 1 } as Ask]) {
      const before = await count()
      const sent = jose('/v1/query', await jws(key, payloadOf('rc-enrolment', 'query', ask)))
      const answered = await call(city.gateway.dataUrl, sent)
      expect((await recordOf(exchangeIdOf(answered)))?.code ?? null).toBe(answered.json().code ?? null)
      const again = await call(city.gateway.dataUrl, sent)
      expect(again.json()).toMatchObject({
        code: 'request.replayed',
        firstExchange: { id: exchangeIdOf(answered), outcome: answered.status === 200 ? 'released' : 'refused' },
      })
      await call(city.gateway.dataUrl, jose('/v1/query', `${String(sent.body).slice(0, -4)}AAAA`))
      expect(await count()).toBe(before + 1)
    }
  })
})

describe('invariant 4: nothing personal outside the sealed columns', () => {
  it('log lines, metrics, problems and records of every sample and of broken sources hold no number, name or value: guarded by `commit(…)` in gateway/record/entry.ts', async () => {
    const problems: string[] = []
    for (const { system, mode, request } of SAMPLES) {
      const answered = await asking(system, structuredClone(request), { op: mode })
      if (answered.status !== 200) problems.push(answered.text)
    }
    const service = city.providers.services['rc-gaj-http']
    for (const mode of ['garbage', 'wrong-types', 'error500', 'extra', 'down'] as const) {
      service.setMode(mode)
      const answered = await asking('rc-enrolment', {
        ...ENROLMENT,
        maxAgeSeconds: 0,
        fields: ['household-registration.address'],
      })
      if (answered.status !== 200) problems.push(answered.text)
    }
    service.setMode('ok')
    const metrics = await call(city.gateway.managementUrl, { method: 'GET', path: '/metrics' })
    const rows = await city.sql<Record<string, unknown>>(
      'select r.*, s.subject_digest, s.party_digests, s.operator_digest, s.issuer_jwt from records r join record_sides s using (index)',
    )
    const records = rows.map((row) =>
      Object.values(row)
        .map((value) => (Buffer.isBuffer(value) ? value.toString('utf8') : String(value)))
        .join('\n'),
    )
    const sealed = await city.sql<{ operator: Buffer | null; request: Buffer | null }>(
      'select sealed_operator as operator, sealed_request as request from record_sides',
    )
    const jwts = rows.flatMap(({ issuer_jwt }) =>
      typeof issuer_jwt === 'string' ? [Buffer.from(issuer_jwt.split('.')[1]!, 'base64url').toString('utf8')] : [],
    )
    expect([rows.length > 30, jwts.length > 10, city.logLines.length > 30, problems.length > 10]).toEqual([
      true,
      true,
      true,
      true,
    ])
    const places = {
      log: city.logLines.join(''),
      metrics: metrics.text,
      records: records.join('\n'),
      sealed: sealed
        .map(({ operator, request }) => `${operator?.toString('latin1')}${request?.toString('latin1')}`)
        .join(),
      evidence: jwts.join('\n'),
      problems: problems.join('\n'),
    }
    const people = [...city.population.people.values()].flatMap(({ idNumber, name }) => [idNumber, name])
    const organisations = [...city.population.organisations.values()].flatMap(({ uscc, name }) => [uscc, name])
    const further = [FAMILY_CAR.plate, ...Object.values(OPERATORS).flatMap(({ id, name }) => [id, name])]
    for (const [place, text] of Object.entries(places)) {
      const found = [...people, ...organisations, ...further].filter((needle) => text.includes(needle))
      expect(found.length, `${found.length} needles in ${place}`).toBe(0)
    }
  })
})

describe('invariant 5: a revoked grant opens nothing, whatever is cached or under way', () => {
  const revocable = async (id: string): Promise<void> => {
    const template = (await grants.get('grant-p2.1-jyj-enrolment'))!
    // Its own item, so that no other grant carries the request.
    await grants.put({ ...template, id, items: ['rongcheng-p-010'], status: 'active' }, 'test')
  }
  const ask: Ask = {
    ...ENROLMENT,
    item: 'rongcheng-p-010',
    fields: ['household-registration.address', 'household-registration.householder'],
  }
  const statusOf = async (url: string) => (await asking('rc-enrolment', structuredClone(ask), { url })).status

  it('revoked between decision and record, its notice lost: decided again and refused: guarded by `authorisationVersion` in gateway/record/draft.ts', async () => {
    await revocable('grant-test-underway')
    // A new grant may be noticed a moment later; only taking one away is at once.
    await until(async () => (await statusOf(city.gateway.dataUrl)) === 200)
    const { asked } = await whileLogWaits(async () => {
      const asked = asking('rc-enrolment', structuredClone(ask))
      await until(async () => (await appendsWaiting()) > 0)
      await deafen()
      await city.sql(
        `update grants set status = 'revoked', document = jsonb_set(document, '{status}', '"revoked"') where id = 'grant-test-underway'`,
      )
      return { asked }
    })
    const answered = await asked
    expect(answered.status, answered.text).toBe(403)
    expect(answered.json()).toMatchObject({ code: 'access.denied' })
    expect(answered.text).not.toContain('地址')
    expect(answered.json().data).toBeUndefined()
    expect(await recordOf(exchangeIdOf(answered))).toMatchObject({ outcome: 'refused', grants: [] })
  })

  it('the next request is refused at once on every gateway, cached or not, though no notice arrives: guarded by `refreshGrants` in gateway/stages/record.ts', async () => {
    const other = await city.another()
    for (let round = 0; round < 3; round++) {
      const id = `grant-test-next-${round}`
      await revocable(id)
      const urls = [city.gateway.dataUrl, other.dataUrl]
      await until(async () => (await Promise.all(urls.map(statusOf))).every((status) => status === 200))
      // An answer is put into the cache after it has left: from here on both are answered from there.
      await until(async () => {
        const calls = city.providers.services['rc-gaj-http'].calls()
        expect(await Promise.all(urls.map(statusOf))).toEqual([200, 200])
        return city.providers.services['rc-gaj-http'].calls() === calls
      })
      await deafen()
      await city.sql(
        `update grants set status = 'revoked', document = jsonb_set(document, '{status}', '"revoked"') where id = $1`,
        [id],
      )
      expect(await Promise.all(urls.map(statusOf))).toEqual([403, 403])
    }
  })

  it('a grant that takes over during an exchange is charged: guarded by the second `stages.charge` in gateway/run-exchange.ts', async () => {
    await revocable('grant-test-a')
    const b = {
      ...(await grants.get('grant-test-a'))!,
      id: 'grant-test-b',
      ceilings: [{ measure: 'calls', period: 'hour', limit: 1 }] as never,
    }
    await grants.put(b, 'test')
    await until(async () => (await statusOf(city.gateway.dataUrl)) === 200)
    const revoke = (id: string) =>
      city.sql(
        `update grants set status = 'revoked', document = jsonb_set(document, '{status}', '"revoked"') where id = $1`,
        [id],
      )
    const { asked } = await whileLogWaits(async () => {
      const asked = asking('rc-enrolment', structuredClone(ask))
      await until(async () => (await appendsWaiting()) > 0)
      await revoke('grant-test-a')
      return { asked }
    })
    const answered = await asked
    expect(answered.json()).toMatchObject({ decision: { grants: ['grant-test-b'] } })
    expect(await statusOf(city.gateway.dataUrl)).toBe(429)
    await revoke('grant-test-b')
  })

  it('a cached answer is released with the reader’s own mask, and to nobody without a grant: guarded by `masks` and the order of stages', async () => {
    const number = (system: string, change: Partial<Ask>) =>
      asking(system, {
        scenario: 'P7.1',
        item: 'rongcheng-p-082',
        case: ENROLMENT.case!,
        purpose: '婚姻登记信息核对',
        operator: OPERATORS.civil,
        subject: { type: 'person', idType: 'resident-id', ...HUSBAND },
        parties: { spouse: { type: 'person', idType: 'resident-id', ...WIFE } },
        fields: ['household-registration.idNumber'],
        ...change,
      })
    const open = await number('rc-civil', {})
    expect(open.json()).toMatchObject({ data: { 'household-registration': { idNumber: HUSBAND.id } } })
    const template = (await grants.get('grant-p7.1-mzj-marriage'))!
    await grants.put(
      {
        ...template,
        id: 'grant-test-masked',
        consumer: { kind: 'member', id: 'rc-jyj' },
        masks: { 'household-registration.idNumber': 'citizenId18' },
      },
      'test',
    )
    const masked = await number('rc-enrolment', {})
    expect(masked.json()).toMatchObject({ sources: { 'household-registration': { cache: 'hit' } } })
    expect(masked.text).not.toContain(HUSBAND.id)
    const none = await number('rc-land', {})
    expect(none.status).toBe(403)
    expect(none.text).not.toContain(HUSBAND.id)
  })

  /** No notice of a change reaches anyone: whoever listens is cut off. */
  async function deafen(): Promise<void> {
    await city.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'guanyi-grants-listener' and datname = current_database()`,
    )
  }
})

describe('invariant 6: identifiers are strings from socket to storage', () => {
  it('a number is a schema error and never becomes a string: guarded by `coerceTypes: false` in gateway/requests/validators.ts', async () => {
    const subject = { ...ENROLMENT.subject, id: Number('371099201907120017') as unknown as string }
    const answered = await asking('rc-enrolment', { ...ENROLMENT, subject })
    expect(answered.json()).toMatchObject({
      code: 'request.malformed',
      reasons: [{ rule: 'type', pointer: '/subject/id' }],
    })
    const exact = { 'real-estate.unitNo': 42 as unknown as string }
    expect((await asking('rc-enrolment', { ...ENROLMENT, keys: exact })).json()).toMatchObject({
      code: 'request.malformed',
    })
  })

  it('a source’s number in place of an identifier breaks its contract: guarded by `valueSchema` in gateway/catalog/answer-schema.ts', async () => {
    const service = city.providers.services['rc-gaj-http']
    service.setMode('wrong-types')
    try {
      const answered = await asking('rc-enrolment', {
        ...ENROLMENT,
        maxAgeSeconds: 0,
        fields: ['household-registration.idNumber'],
      })
      expect(answered.json()).toMatchObject({ code: 'provider.contract', status: 502 })
    } finally {
      service.setMode('ok')
    }
  })

  it('leading zeros, a final X and eighteen digits arrive as they were sent', async () => {
    const answered = await asking('rc-enrolment', {
      ...ENROLMENT,
      fields: ['household-registration.idNumber', 'guardian:real-estate.unitNo'],
    })
    expect(answered.json()).toMatchObject({
      data: { 'guardian:real-estate': [{ unitNo: '371082001001GB00001F00010001' }] },
    })
    for (const subject of [PUPIL, GUARDIAN]) expect(typeof subject.id).toBe('string')
  })
})
