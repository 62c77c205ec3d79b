import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuditCity, auditCity, CHILD, PERSON, type Told } from '../audit/audit-city.ts'

const SUBJECT = { type: PERSON.type, idType: PERSON.idType, id: PERSON.id }
const DAY_MS = 86_400_000

describe('auditors’ questions', () => {
  let city: AuditCity
  let ids: string[]
  let startMs: number
  beforeAll(async () => {
    city = await auditCity({ exportRowLimit: 30 })
    startMs = city.clock.ms
    const others: Told[] = Array.from({ length: 600 }, (_, n) => ({
      subject: CHILD,
      atMs: startMs + n * 10,
      operator: `other-${n % 7}`,
      columns: { caseNo: `CASE-${100 + n}`, scenario: 'P1.1', system: `rc-other-${n % 5}`, member: 'rc-mzj' },
    }))
    // Records at both ends and in the middle: summarised ranges and the tail both have to be looked into.
    const special: Told[] = [
      { columns: { caseNo: 'CASE-1' } },
      {
        subject: CHILD,
        parties: [PERSON],
        columns: {
          caseNo: null,
          application: 'APP-9',
          onBehalfOf: 'rc-gaj',
          mode: 'verify',
          item: 'rongcheng-p-032-1',
          datasets: ['student-record'],
          fields: ['student-record.school'],
          grants: ['grant-2'],
        },
      },
      { columns: { outcome: 'refused', code: 'access.denied', caseNo: null, grants: [] }, side: { issuerJwt: null } },
    ]
    ids = [
      ...(await city.tell(special[0]!)),
      ...(await city.tell(...others)),
      ...(await city.tell(special[1]!, special[2]!)),
    ]
  })
  afterAll(() => city.stop())
  const [first, verified, refused] = [() => ids[0]!, () => ids.at(-2)!, () => ids.at(-1)!]
  const found = (body: { records: { exchangeId: string }[] }) => body.records.map(({ exchangeId }) => exchangeId)

  it.each<[string, () => string[]]>([
    ['onBehalfOf=rc-gaj', () => [verified()]],
    ['scenario=P2.1', () => [refused(), verified(), first()]],
    ['system=rc-enrolment', () => [refused(), verified(), first()]],
    ['member=rc-jyj&mode=query', () => [refused(), first()]],
    ['item=rongcheng-p-032-1', () => [verified()]],
    ['case=CASE-1', () => [first()]],
    ['application=APP-9', () => [verified()]],
    ['dataset=student-record', () => [verified()]],
    ['field=student-record.school', () => [verified()]],
    ['field=guardian:household-registration.householder&system=rc-enrolment', () => [refused(), first()]],
    ['field=household-registration.householder&system=rc-enrolment', () => [refused(), first()]],
    ['outcome=refused', () => [refused()]],
    ['code=access.denied', () => [refused()]],
    ['mode=verify', () => [verified()]],
    ['grant=grant-2', () => [verified()]],
    ['code=access.denied&outcome=released', () => []],
    ['system=rc-other-3&case=CASE-103', () => [ids[4]!]],
  ])('finds by %s', async (query, want) => {
    const { status, body } = await city.json(`/admin/v1/records?${query}&count=approximate`)
    expect(status).toBe(200)
    expect(found(body)).toEqual(want())
    expect(body).toMatchObject({ next: null, approximateCount: want().length, exact: true })
  })

  it('finds by span of time, a day included whole, at moments between', async () => {
    const at = (ms: number) => encodeURIComponent(new Date(ms).toISOString())
    const page = await city.json(
      `/admin/v1/records?system=rc-other-0&from=${at(startMs + 100)}&to=${at(startMs + 250)}`,
    )
    // Every fifth record, ten milliseconds apart: 100, 150, 200.
    expect(found(page.body)).toEqual([ids[21], ids[16], ids[11]])
    const day = new Date(startMs + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
    expect(found((await city.json(`/admin/v1/records?case=CASE-1&from=${day}&to=${day}`)).body)).toEqual([first()])
    const before = await city.json(`/admin/v1/records?case=CASE-1&to=${at(startMs - DAY_MS)}`)
    expect(found(before.body)).toEqual([])
  })

  it('pages newest first without gap or repeat, also with records coming in between', async () => {
    const seen: string[] = []
    let path: string | undefined = '/admin/v1/records?member=rc-mzj&limit=200'
    for (let pages = 0; path !== undefined; pages++) {
      const response: Response = await city.ask(path)
      seen.push(...found((await response.json()) as { records: { exchangeId: string }[] }))
      path = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
      if (pages === 0) await city.tell({ columns: { caseNo: 'CASE-late' } })
    }
    expect(seen).toEqual(ids.slice(1, 601).reverse())
  })

  it('finds a subject as the one asked about and as a party, by the number as people write it, and records who looked', async () => {
    const before = (await city.entries()).length
    const { status, body } = await city.json('/admin/v1/records/search', {
      body: {
        subject: { ...SUBJECT, id: `${PERSON.id.slice(0, 6)} ${PERSON.id.slice(6)}` },
        scenario: 'P2.1',
        limit: 2,
      },
    })
    expect(status).toBe(200)
    expect(found(body)).toHaveLength(2)
    expect(body.next).toMatch(/^[\w-]{32}$/)
    const rest = await city.json('/admin/v1/records/search', {
      body: { subject: SUBJECT, scenario: 'P2.1', limit: 2, cursor: body.next },
    })
    expect([...found(body), ...found(rest.body)]).toEqual(expect.arrayContaining([refused(), verified(), first()]))
    const entries = (await city.entries()).slice(before)
    expect(entries).toMatchObject([
      { kind: 'administration', verb: 'records.search', details: { criteria: 'scenario subject', furtherPage: false } },
      { verb: 'records.search', details: { furtherPage: true } },
    ])
    expect(JSON.stringify(entries)).not.toContain(PERSON.id)
  })

  it('finds an operator’s reads', async () => {
    const { body } = await city.json('/admin/v1/records/search', {
      body: { operator: { system: 'rc-other-3', id: 'other-3' }, case: 'CASE-103' },
    })
    expect(found(body)).toEqual([ids[4]])
  })

  it('answers one record whole, and says who holds the values', async () => {
    const { body } = await city.json(`/admin/v1/records/${first()}`)
    expect(body).toMatchObject({
      index: '0',
      exchangeId: first(),
      caseNo: 'CASE-1',
      entry: { v: 1 },
      side: { kept: true, subject: true, parties: 0, operator: true, sealedRequest: true, evidence: true },
      values: { heldBy: 'rc-enrolment', member: 'rc-jyj', evidenceKept: true },
      links: {
        evidencePackage: `/admin/v1/records/${first()}/evidence-package`,
        proof: `/v1/exchanges/${first()}/proof`,
      },
    })
    expect((await city.json('/admin/v1/records/0')).body).toEqual(body)
    expect(JSON.stringify(body)).not.toContain(city.digests.of(PERSON))
    expect((await city.json(`/admin/v1/records/${refused()}`)).body).toMatchObject({
      values: null,
      side: { evidence: false },
    })
    expect((await city.json('/admin/v1/records/99999999')).status).toBe(404)
    expect((await city.json('/admin/v1/records/nonsense')).status).toBe(404)
  })

  it.each(['system', 'security'] as const)('refuses a %s administrator', async (who) => {
    for (const [path, body] of [
      ['/admin/v1/records'],
      [`/admin/v1/records/${first()}`],
      ['/admin/v1/records/search', { subject: SUBJECT }],
      ['/admin/v1/records/export', { case: 'CASE-1' }],
    ] as const) {
      const answer = await city.json(path, { who, ...(body !== undefined && { body }) })
      expect(answer.status, path).toBe(403)
      expect(answer.body.code).toBe('access.denied')
    }
  })

  it('takes no cursor that was altered or belongs to other criteria', async () => {
    const { body } = await city.json('/admin/v1/records?member=rc-mzj&limit=1')
    const cursor = body.next as string
    const other = cursor.startsWith('A') ? `B${cursor.slice(1)}` : `A${cursor.slice(1)}`
    for (const query of [
      `member=rc-mzj&cursor=${other}`,
      `member=rc-mzj&cursor=${cursor.slice(1)}`,
      `member=rc-jyj&cursor=${cursor}`,
      `cursor=${cursor}`,
      `member=rc-mzj&scenario=P1.1&cursor=${cursor}`,
    ]) {
      const answer = await city.json(`/admin/v1/records?${query}`)
      expect(answer.body.reasons?.[0]?.rule, query).toBe('cursor')
      expect(answer.status).toBe(400)
    }
    expect((await city.json(`/admin/v1/records?member=rc-mzj&cursor=${cursor}`)).status).toBe(200)
  })

  it.each([
    [`/admin/v1/records?subject=${PERSON.id}`, undefined, 'subject-in-url'],
    ['/admin/v1/records?limit=201', undefined, 'limit'],
    ['/admin/v1/records?nonsense=1', undefined, 'parameter'],
    ['/admin/v1/records?from=20261301', undefined, 'criteria'],
    ['/admin/v1/records/search', { subject: { ...SUBJECT, id: '371099198803120027' } }, 'check'],
    ['/admin/v1/records/search', { nonsense: 1 }, 'criteria'],
    ['/admin/v1/records/search', { case: 'CASE-1', limit: 201 }, 'limit'],
  ] as const)('refuses %s %j', async (path, body, rule) => {
    const answer = await city.json(path, body === undefined ? {} : { body })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.body.reasons[0].rule).toBe(rule)
    expect(JSON.stringify(answer.body)).not.toContain(PERSON.id)
  })

  describe('export', () => {
    it('carries operator, time and its own record in every line, recorded before the first byte', async () => {
      await city.tell({ columns: { caseNo: 'CASE-csv', purpose: '=HYPERLINK("http://x"),"a"' } })
      const response = await city.ask('/admin/v1/records/export', { body: { case: 'CASE-csv' } })
      const text = Buffer.from(await response.arrayBuffer()).toString('utf8')
      expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
      const own = (await city.database.sql<{ index: string }>('select max(index) as index from records'))[0]!.index
      const mark = `op-audit ${new Date(city.clock.ms).toISOString()} #${own}`
      const lines = text.split('\r\n')
      expect(text.startsWith('\ufeff# ')).toBe(true)
      expect(lines[1]).toBe(`# 水印 watermark: ${mark}`)
      expect(lines).toHaveLength(7)
      expect(lines[4]).toContain(`"'=HYPERLINK(""http://x""),""a"""`)
      expect(lines[4]!.endsWith(`,${mark}`)).toBe(true)
      expect(lines[5]).toBe('# 完 end')
      expect((await city.entries()).at(-1)).toMatchObject({
        verb: 'records.export',
        details: { case: 'CASE-csv', rows: 1, limit: 30 },
      })
    })

    it('is refused where more match than a file may have, or more are asked for', async () => {
      const before = (await city.entries()).length
      for (const body of [{ member: 'rc-mzj' }, { member: 'rc-mzj', limit: 31 }]) {
        const answer = await city.json('/admin/v1/records/export', { body })
        expect(answer.status).toBe(400)
        expect(answer.body.reasons[0].rule).toBe('export-limit')
      }
      expect((await city.entries()).length).toBe(before)
      const newest = await (
        await city.ask('/admin/v1/records/export', { body: { member: 'rc-mzj', limit: 30 } })
      ).text()
      expect(newest.split('\r\n').filter((line) => /^\d/.test(line))).toHaveLength(30)
    })

    it('does not start when its own record cannot be written', async () => {
      await city.database.sql('alter function append_records_noting rename to hidden')
      const answer = await city.json('/admin/v1/records/export', { body: { case: 'CASE-1' } })
      await city.database.sql('alter function hidden rename to append_records_noting')
      expect(answer.status).toBe(503)
      expect(answer.body.code).toBe('record.unavailable')
    })
  })
})
