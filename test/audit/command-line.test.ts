import { mkdtempSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { DEFAULT_THRESHOLDS } from '../../gateway/audit/thresholds.ts'
import { findAnomaliesTask } from '../../gateway/jobs/find-anomalies.ts'
import { run } from '../cli/run.ts'
import { GATEWAY } from '../operators/management.ts'
import { type AuditCity, auditCity, CHILD, neighbour, PERSON } from './audit-city.ts'

describe('guanyi records and findings', () => {
  let city: AuditCity
  let server: Awaited<ReturnType<AuditCity['serve']>>
  let keyFile: string
  beforeAll(async () => {
    city = await auditCity()
    server = await city.serve()
    keyFile = join(mkdtempSync(join(inject('runDir'), 'audit-')), 'op-audit.jwk.json')
    await writeFile(keyFile, JSON.stringify(city.keys.audit))
    await city.tell(
      { columns: { caseNo: 'CASE-1' } },
      { subject: CHILD, columns: { caseNo: 'CASE-2', outcome: 'refused', code: 'access.denied' } },
      ...Array.from({ length: 6 }, (_, n) => ({ subject: neighbour(n), columns: { system: 'rc-counting' } })),
    )
    await findAnomaliesTask({ search: city.jobs, thresholds: DEFAULT_THRESHOLDS, now: () => city.clock.ms }).run()
  })
  afterAll(async () => {
    server.close()
    await city.stop()
  })
  const guanyi = (words: string[], stdin = '') =>
    run([...words, '--url', server.url, '--gateway-id', GATEWAY, '--operator-key', keyFile, '--operator', 'op-audit'], {
      now: () => city.clock.ms,
      stdin,
    })

  it('lists records as a table in Chinese', async () => {
    const { code, out } = await guanyi(['records', '--outcome', 'refused', '--count'])
    expect(code).toBe(0)
    expect(out).toContain('记录号')
    expect(out).toContain('拒绝 access.denied')
    expect(out).toContain('CASE-2')
    expect(out).toContain('共1 条')
    expect(out).not.toContain('CASE-1')
  })

  it('takes a subject from stdin or a file, never from the arguments, and pages', async () => {
    const subject = JSON.stringify({ type: PERSON.type, idType: PERSON.idType, id: PERSON.id })
    const found = await guanyi(['records', '--subject', '-', '--json'], subject)
    expect(found.json().records).toMatchObject([{ caseNo: 'CASE-1' }])
    expect((await guanyi(['records', '--subject', PERSON.id])).code).toBe(2)
    const page = await guanyi(['records', '--system', 'rc-counting', '--limit', '4', '--json'])
    const rest = await guanyi([
      'records',
      '--system',
      'rc-counting',
      '--limit',
      '4',
      '--json',
      '--cursor',
      String(page.json().next),
    ])
    expect([...(page.json().records as []), ...(rest.json().records as [])]).toHaveLength(6)
  })

  it('shows one record whole', async () => {
    expect((await guanyi(['records', 'show', '0', '--json'])).json()).toMatchObject({
      caseNo: 'CASE-1',
      values: { heldBy: 'rc-enrolment' },
    })
  })

  it('lists, shows and closes findings', async () => {
    const list = await guanyi(['findings', 'list', '--status', 'open'])
    expect(list.out).toContain('连号查询')
    const [finding] = (await guanyi(['findings', 'list', '--json'])).json().findings as { id: string }[]
    expect((await guanyi(['findings', 'show', finding!.id])).out).toContain('依据的留痕 6 条')
    expect((await guanyi(['findings', 'close', finding!.id, '--reason', '已核实'])).out).toContain('已办结')
    const again = await guanyi(['findings', 'close', finding!.id, '--reason', '已核实', '--json'])
    expect(again.code).toBe(1)
    expect(again.json()).toMatchObject({ reasons: [{ rule: 'closed' }] })
  })

  it('says what is wrong: no key file, another gateway’s id, nothing there', async () => {
    expect((await run(['records', '--operator-key', '/nowhere', '--gateway-id', GATEWAY])).code).toBe(2)
    const other = await run(
      [
        'records',
        '--url',
        server.url,
        '--gateway-id',
        'guanyi:other',
        '--operator-key',
        keyFile,
        '--operator',
        'op-audit',
      ],
      { now: () => city.clock.ms },
    )
    expect(other.code).toBe(1)
    const away = await run([
      'records',
      '--url',
      'http://127.0.0.1:9',
      '--gateway-id',
      GATEWAY,
      '--operator-key',
      keyFile,
      '--operator',
      'op-audit',
    ])
    expect(away.code).toBe(5)
  })
})
