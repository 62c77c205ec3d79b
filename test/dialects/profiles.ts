import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type Ran, run } from '../cli/run.ts'
import type { Seeded } from '../support/seeded-gateway.ts'

export const SECRET = 'old-caller-shared-secret-0001'
export const RID = '00000000-0000-4000-8000-000000000001'
export const SID = 's_371082000000_0001'

/** The enrolment platform's old interface: the address of a pupil's household. */
export const enrolmentProfile = (changes: object = {}): object => ({
  id: 'dp-enrolment-1',
  system: 'rc-enrolment',
  rid: RID,
  sid: SID,
  path: '/httpproxy',
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  purpose: '义务教育入学资格核验',
  fields: { ZZ: 'household-registration.address', HZ: 'household-registration.householder' },
  subject: { type: 'person', idType: 'resident-id', id: 'GMSFHM', name: 'XM' },
  caller: {
    case: 'additional.caseId',
    operator: { id: 'additional.sponsorCode', name: 'additional.sponsorName', unit: 'additional.sponsorUnit' },
  },
  fixed: { 'additional.matter': '义务教育入学' },
  ignored: ['additional.materialName'],
  networks: ['127.0.0.0/8'],
  term: { from: '2025-01-01T00:00:00Z', until: '2025-12-31T00:00:00Z' },
  ...changes,
})

const DAY_MS = 86_400_000
const day = (ms: number): string => new Date(ms).toISOString()
/** A term around now. */
export const term = (nowMs = Date.now(), fromDays = -10, untilDays = 80) => ({
  from: day(nowMs + fromDays * DAY_MS),
  until: day(nowMs + untilDays * DAY_MS),
})

export const operatorKey = (city: Seeded, role: string): string =>
  city.installation.operators.find((each) => each.role === `${role}-administrator`)!.keyFile

let files = 0
/** A profile admitted with the command line, as an office would. */
export function admit(
  city: Seeded,
  profile: object,
  {
    secret = SECRET,
    by = 'security',
    reason = '过渡期接入',
    now = Date.now,
  }: { secret?: string; by?: string; reason?: string; now?: () => number } = {},
): Promise<Ran> {
  const name = join(inject('runDir'), `dialect-${process.pid}-${files++}`)
  writeFileSync(`${name}.json`, JSON.stringify(profile))
  writeFileSync(`${name}.secret`, `${secret}\n`, { mode: 0o600 })
  const rest = ['--reason', reason, '--operator-key', operatorKey(city, by), '--json']
  return run(['dialect', 'admit', `${name}.json`, '--secret-file', `${name}.secret`, ...rest], {
    env: city.installation.env,
    now,
  })
}

export const revoke = (city: Seeded, id: string, by = 'security'): Promise<Ran> =>
  run(['dialect', 'revoke', id, '--reason', '过渡期结束', '--operator-key', operatorKey(city, by), '--json'], {
    env: city.installation.env,
  })
