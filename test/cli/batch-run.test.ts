import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { OPERATORS } from '../../seeds/population/cast.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type RunOptions, run } from './run.ts'

const LINES = 120
let city: Seeded
let dir: string
beforeAll(async () => {
  city = await seededGateway({ slowMs: 400 })
  dir = mkdtempSync(join(tmpdir(), 'guanyi-batch-'))
  const request = {
    scenario: 'P2.1',
    item: 'rongcheng-p-008',
    purpose: '义务教育入学资格核验',
    operator: { ...OPERATORS.education },
    fields: ['household-registration.address'],
    maxAgeSeconds: 0, // answered from the cache, the second batch would be over before it is cancelled
  }
  const ids = [...city.population.people.keys()]
  const subjects = Array.from({ length: LINES }, (_none, at) => ({
    line: at + 1,
    subject: { type: 'person', idType: 'resident-id', id: ids[at % ids.length] },
    case: `11371082PDY003018B3370705001002026112${String(at + 1).padStart(6, '0')}`,
  }))
  writeFileSync(join(dir, 'request.json'), JSON.stringify(request))
  writeFileSync(join(dir, 'subjects.ndjson'), subjects.map((line) => `${JSON.stringify(line)}\n`).join(''))
}, 60_000)
afterAll(() => city?.stop())

const batchRun = (results: string, options: RunOptions = {}) => {
  const { system, keyFile } = city.installation.systemKeys.get('rc-enrolment')!
  const who = ['--url', city.gateway.dataUrl, '--gateway-id', GATEWAY_ID, '--system', system, '--key', keyFile]
  const files = ['--subjects', join(dir, 'subjects.ndjson'), '--results', join(dir, results)]
  return run(['batch', 'run', join(dir, 'request.json'), ...who, ...files, '--json'], options)
}

describe('guanyi batch run', () => {
  it('submits, shows how far it is, stores the results and has the gateway destroy its copy', async () => {
    const { code, err, json } = await batchRun('results.ndjson')
    expect(code, err).toBe(0)
    expect(json()).toMatchObject({ count: LINES, done: LINES, released: LINES })
    expect(err).toMatch(new RegExp(`100% {2}${LINES}/${LINES} {2}每秒 \\d+ 行`))
    const file = join(dir, 'results.ndjson')
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(LINES)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await city.sql('select count(*)::int as n from batch_lines')).toEqual([{ n: 0 }])
  }, 60_000)

  it('Ctrl-C cancels it, keeps what was finished and exits with 130', async () => {
    const stop = new AbortController()
    stop.abort()
    city.providers.services['rc-gaj-http'].setMode('slow')
    const { code, err } = await batchRun('cancelled.ndjson', { interrupted: stop.signal })
    city.providers.services['rc-gaj-http'].setMode('ok')
    expect(code, err).toBe(130)
    expect(err).toContain('已取消')
    const [batch] = await city.sql(
      'select state, completed_at is not null as done from batches order by created_at desc',
    )
    expect(batch).toMatchObject({ done: true })
  }, 60_000)
})
