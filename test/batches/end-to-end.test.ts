import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { BATCH_MEMBERS, bulk, caseOf, goodLine, ndjson, sha256, subjectOf } from './bulk.ts'

let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

const INVALID = '371099201907120018'

describe('a batch of 2,000 lines', () => {
  let id: string
  let text: string

  it('is decided, asked and recorded line by line; refused and invalid lines are lines like others', async () => {
    const system = bulk(city)
    const lines = Array.from({ length: 2_000 }, (_none, at) => goodLine(at + 1))
    for (let at = 0; at < 2_000; at += 100)
      lines[at] = { line: at + 1, subject: subjectOf({ id: INVALID }), case: caseOf(1) }
    for (let at = 1; at < 2_000; at += 100) delete lines[at]!.case
    id = await system.begin(lines)
    const view = await system.finished(id, 110_000)
    expect(view).toMatchObject({
      state: 'completed',
      count: 2_000,
      done: 2_000,
      released: 1_960,
      refused: 40,
      failed: 0,
    })

    const results = await system.results(id)
    text = results.text
    expect(results.rows.map(({ line }) => line)).toEqual(lines.map(({ line }) => line))
    expect(results.rows[0]).toMatchObject({ outcome: 'refused', problem: { code: 'subject.invalid' } })
    expect(results.rows[1]).toMatchObject({ outcome: 'refused', problem: { code: 'access.denied' } })
    expect(results.rows[2]).toMatchObject({ outcome: 'released', evidence: expect.any(String) })
  }, 120_000)

  it('has one record per line, under the id its result names, and one of its own', async () => {
    const { rows } = await bulk(city).results(id)
    const recorded = await city.sql<{ exchange_id: string; outcome: string }>(
      `select exchange_id, outcome from records where mode = 'batch'`,
    )
    expect(new Map(recorded.map((row) => [row.exchange_id, row.outcome]))).toEqual(
      new Map(rows.map((row) => [row.exchangeId, row.outcome])),
    )
    expect(recorded.length).toBe(2_000)
    const own = await city.sql<{ entry: Buffer }>(
      `select entry from records where mode = 'batches' and outcome = 'released' and scenario = 'P2.1' order by index`,
    )
    const [created, ...reads] = own.map(({ entry }) => JSON.parse(entry.toString()))
    expect(created.details).toEqual({ act: 'create', count: 2_000 })
    // Bound by the record's salt, like every person in it: the digest of one short line could be searched through.
    expect(created.commitments).toMatchObject({ subjects: expect.any(String) })
    // Whoever fetched the results, and from where, stands in the log once per fetch.
    expect(reads.map(({ details, address }) => ({ ...details, address }))).toEqual(
      Array.from({ length: 2 }, () => ({
        act: 'read',
        batch: id,
        count: 2_000,
        released: 1_960,
        refused: 40,
        failed: 0,
        address: expect.stringContaining('127.0.0.1'),
      })),
    )
  })

  it('keeps nothing readable in the database, nor in the queue, nor in a log line', async () => {
    const { rows } = await bulk(city).results(id)
    const people = [INVALID, goodLine(1).subject.id, goodLine(2).subject.id, goodLine(3).subject.id]
    const values = Object.values(rows[2]!.data!['household-registration'] as Record<string, string>)
    const dump = JSON.stringify([
      await city.sql('select * from batches'),
      await city.sql(
        'select line, encode(sealed_result, $1) as result, encode(sealed_line, $1) as subject from batch_lines',
        ['escape'],
      ),
    ])
    for (const word of [...people, ...values]) {
      expect(dump.includes(word)).toBe(false)
      expect(city.logLines.join('').includes(word)).toBe(false)
    }
  })

  it('gives the same bytes again, and is destroyed when their digest is acknowledged, with a record', async () => {
    const system = bulk(city)
    expect((await system.results(id)).text).toBe(text)
    const wrong = await system.send('POST', `/${id}/results/ack`, { body: JSON.stringify({ sha256: sha256('x') }) })
    expect(wrong.json()).toMatchObject({ code: 'request.malformed', reasons: [{ rule: 'digest' }] })
    const acknowledged = await system.send('POST', `/${id}/results/ack`, {
      body: JSON.stringify({ sha256: sha256(text) }),
    })
    expect(acknowledged.json()).toMatchObject({ state: 'destroyed', done: 2_000 })
    expect(await city.sql('select count(*)::int as n from batch_lines')).toEqual([{ n: 0 }])
    const gone = await system.send('GET', `/${id}/results`)
    expect(gone.json()).toMatchObject({ code: 'request.unknown-resource', reasons: [{ rule: 'results-destroyed' }] })
    const [record] = await city.sql<{ entry: Buffer }>(
      `select entry from records where mode = 'batches' order by index desc limit 1`,
    )
    expect(JSON.parse(record!.entry.toString()).details).toMatchObject({
      act: 'destroyed',
      batch: id,
      reason: 'acknowledged',
      released: 1_960,
      resultsSha256: sha256(text),
    })
    expect(await city.sql('select sealed_request, subjects_sha256 from batches where id = $1', [id])).toEqual([
      { sealed_request: null, subjects_sha256: null },
    ])
    const repeated = await system.send('PUT', `/${id}/subjects`, { body: ndjson([goodLine(1)]) })
    expect(repeated.json()).toMatchObject({ status: 404, reasons: [{ rule: 'results-destroyed' }] })
    const again = await system.send('POST', `/${id}/results/ack`, { body: JSON.stringify({ sha256: sha256(text) }) })
    expect(again.status).toBe(200)
  })
})

describe('what is not as it was signed for is refused whole', () => {
  const lines = [goodLine(1), goodLine(2), goodLine(3)]
  const body = ndjson(lines)
  it.each([
    ['another digest', 3, sha256('other'), body, 'digest'],
    ['fewer lines', 4, sha256(body), body, 'count'],
    ['more lines', 2, sha256(body), body, 'count'],
    ['a line out of order', 3, '', ndjson([lines[1]!, lines[0]!, lines[2]!]), 'line'],
    ['an unknown member', 3, '', ndjson([lines[0]!, { ...lines[1]!, extra: 1 }, lines[2]!]), 'additionalProperties'],
    ['no JSON', 3, '', Buffer.from('{"line":1\n2\n3\n'), 'json'],
  ])('%s', async (_what, count, digest, sent, rule) => {
    const system = bulk(city)
    const created = await system.create({ ...BATCH_MEMBERS, count, subjectsSha256: digest || sha256(sent) })
    const id = String(created.json().id)
    const answered = await system.send('PUT', `/${id}/subjects`, { body: sent })
    expect(answered.json()).toMatchObject({ status: 400, code: 'request.malformed', reasons: [{ rule }] })
    expect((await system.send('GET', `/${id}`)).json()).toMatchObject({ state: 'awaiting-subjects', done: 0 })
    expect(
      await city.sql('select (select count(*) from batch_lines)::int + (select count(*) from batch_uploads)::int as n'),
    ).toEqual([{ n: 0 }])
    await system.send('DELETE', `/${id}`)
    for (const { text } of [await system.send('GET', `/${id}/results`)]) {
      const gone = await system.send('POST', `/${id}/results/ack`, { body: JSON.stringify({ sha256: sha256(text) }) })
      expect(gone.json()).toMatchObject({ state: 'destroyed' })
    }
  })
})
