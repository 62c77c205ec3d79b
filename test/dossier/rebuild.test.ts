import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lifeCycleEvents, reportEvents } from '../../seeds/events/index.ts'
import { loadSeedGrants } from '../../seeds/grants/index.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { COMPANY, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { run } from '../cli/run.ts'
import { type DossierCity, dossierCity } from './city.ts'

let city: DossierCity
let reported: number
const seeded = () => lifeCycleEvents(city.seeded.population, { most: 320 })
beforeAll(async () => {
  city = await dossierCity()
  reported = await reportEvents(seeded(), {
    url: city.dataUrl,
    gatewayId: GATEWAY_ID,
    keyOf: (system) => city.seeded.installation.systemKeys.get(system)!.jwk,
  })
}, 60_000)
afterAll(() => city?.stop())

const rebuild = async () => {
  const { serviceUrl, env } = city.seeded.installation
  const ran = await run(['rebuild', 'dossiers', '--json'], { env: { ...env, DATABASE_URL: serviceUrl } })
  expect(ran.code, ran.err).toBe(0)
  return ran.json() as {
    events: number
    lines: number
    certificates: number
    cases: number
    before: string
    after: string
  }
}

describe('the events of the seeds', () => {
  it('are the same for the same population, all taken in, and taken in once', async () => {
    expect(seeded()).toEqual(seeded())
    expect(reported).toBeGreaterThan(300)
    const events = seeded()
    expect(new Set(events.map(({ system, event }) => `${system} ${event.eventId}`)).size).toBe(events.length)
    const again = await reportEvents(events.slice(0, 20), {
      url: city.dataUrl,
      gatewayId: GATEWAY_ID,
      keyOf: (system) => city.seeded.installation.systemKeys.get(system)!.jwk,
    })
    expect(again).toBe(20)
    const [{ n }] = (await city.seeded.sql('select count(*)::int as n from events')) as [{ n: number }]
    expect(n).toBe(reported)
  })

  it('make dossiers worth looking at', async () => {
    const grants = loadSeedGrants(Date.now())
    const ask = (id: string, scenario: string, purpose: string, subject: object) => ({
      scenario,
      purpose,
      operator: OPERATORS.approval,
      subject,
      fields: grants.find((grant) => grant.id === id)!.fields.filter((name) => name.startsWith('dossier-')),
    })
    const pupil = await city.send(
      'rc-approval',
      'dossier',
      ask('grant-s5.3-spj-service', 'S5.3', '主动办服务', { type: 'person', idType: 'resident-id', id: PUPIL.id }),
    )
    expect(pupil.status, JSON.stringify(pupil.body)).toBe(200)
    const stages = new Set(pupil.body.data['dossier-person'].map(({ stageNo }: { stageNo: number }) => stageNo))
    expect([...stages].sort()).toEqual(expect.arrayContaining([1, 2, 8]))
    expect(pupil.body.data['dossier-certificates'].length).toBeGreaterThanOrEqual(2)

    const company = await city.send(
      'rc-approval',
      'dossier',
      ask('grant-s5.2-spj-push', 'S5.2', '到期证照提醒', { type: 'organisation', idType: 'uscc', id: COMPANY.id }),
    )
    expect(company.status, JSON.stringify(company.body)).toBe(200)
    const seen = new Set(company.body.data['dossier-organisation'].map(({ stageNo }: { stageNo: number }) => stageNo))
    expect([...seen].sort()).toEqual([1, 2, 3, 4, 5])
    expect(JSON.stringify(company.body.data['dossier-certificates'])).toContain('20261220')
  })
})

describe('guanyi rebuild dossiers', () => {
  it('makes the same projections again', async () => {
    const outcome = await rebuild()
    expect(outcome.events).toBe(reported)
    expect(outcome.lines).toBeGreaterThanOrEqual(reported)
    expect(outcome.cases).toBeGreaterThan(50)
    expect(outcome.after).toBe(outcome.before)
  })

  it('makes good what was lost or spoiled', async () => {
    const { after } = await rebuild()
    await city.seeded.sql('delete from dossier_timeline where log_index % 3 = 0')
    await city.seeded.sql(`update cases set closed_at = null, subject_digests = '{}'`)
    await city.seeded.sql('truncate dossier_certificates')
    const healed = await rebuild()
    expect(healed.before).not.toBe(after)
    expect(healed.after).toBe(after)
  })

  it('finds by job what a crash between record and projection left out', async () => {
    const { after } = await rebuild()
    await city.seeded.sql(
      'delete from dossier_timeline where exchange_id in (select exchange_id from events order by reported_at limit 7)',
    )
    const task = city.service.tasks.find(({ name }) => name === 'project-events')!
    expect(await task.run()).toEqual({ projected: 7 })
    expect(await task.run()).toEqual({ projected: 0 })
    expect((await rebuild()).before).toBe(after)
  })

  it('leaves out events whose record never reached the log', async () => {
    const { events } = await rebuild()
    await city.seeded.sql(
      `insert into events (exchange_id, system, event_id, content_digest, member, kind, item, occurred_at, reported_at)
       values ('never-recorded', 'rc-enrolment', 'ghost', 'x', 'rc-jyj', 'applied', 'rongcheng-p-008', now(), now())`,
    )
    expect((await rebuild()).events).toBe(events)
    const task = city.service.tasks.find(({ name }) => name === 'project-events')!
    expect(await task.run()).toEqual({ projected: 0 })
  })
})

describe('guanyi dossier lookup', () => {
  const lookup = (who: 'audit' | 'system', ...more: string[]) =>
    run(
      [
        'dossier',
        'lookup',
        '-',
        '--reason',
        '群众投诉核查',
        '--url',
        city.managementUrl,
        '--operator',
        `op-${who}`,
        '--operator-key',
        city.operatorKeyFile(who),
        ...more,
      ],
      { env: { GUANYI_GATEWAY_ID: GATEWAY_ID }, stdin: `${PUPIL.id}\n` },
    )

  it('prints a timeline in Chinese and never the identifier', async () => {
    const ran = await lookup('audit')
    expect(ran.code, ran.err).toBe(0)
    expect(ran.out).toMatch(/共 \d+ 次：放行 \d+，拒绝 \d+，失败 0/)
    expect(ran.out).toContain('荣成市行政审批服务局')
    expect(ran.out).toContain('精准服务 · 主动办服务')
    expect(ran.out).toContain('本次查阅已留痕')
    expect(ran.out).not.toContain(PUPIL.id)
    const json = (await lookup('audit', '--json')).json() as { lines: unknown[] }
    expect(json.lines.length).toBeGreaterThan(0)
  })

  it('tells another role what it takes', async () => {
    const ran = await lookup('system')
    expect([ran.code, ran.out]).toEqual([1, ''])
    expect(ran.err).toContain('审计管理员')
  })

  it('takes no identifier on the command line', async () => {
    writeFileSync(city.operatorKeyFile('audit').replace('audit.jwk.json', 'empty'), '')
    const ran = await run(['dossier', 'lookup', '--reason', 'x', '--url', 'http://127.0.0.1:1'], {})
    expect(ran.code).toBe(2)
  })
})
