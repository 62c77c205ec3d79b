import { createHmac, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCli } from '../../gateway/cli/run.ts'
import { OPERATORS, PUPIL } from '../population/cast.ts'
import type { DemoCity } from './city.ts'
import { must } from './demo-failure.ts'
import type { Step } from './step.ts'

const DAY_MS = 86_400_000
const SID = 's_371082000000_0001'

/** What the old enrolment system has always asked: a pupil's number and name, and who asks. */
const profileOf = (id: string, rid: string, nowMs: number): object => ({
  id,
  system: 'rc-enrolment',
  rid,
  sid: SID,
  path: '/httpproxy',
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  purpose: '义务教育入学资格核验',
  fields: { ZZ: 'household-registration.address', HZXM: 'household-registration.householder' },
  subject: { type: 'person', idType: 'resident-id', id: 'GMSFHM', name: 'XM' },
  caller: { case: 'BJBH', operator: { id: 'JBRBH', unit: 'JBKS' } },
  networks: ['127.0.0.0/8'],
  term: { from: new Date(nowMs - DAY_MS).toISOString(), until: new Date(nowMs + 90 * DAY_MS).toISOString() },
})

/** The command line as an office would type it. Errors: `DemoFailure` with what it said. */
async function guanyi(city: DemoCity, argv: string[], stdin = ''): Promise<void> {
  let said = ''
  const sink = {
    isTTY: false,
    write(text: string) {
      said += text
    },
  }
  const code = await runCli(argv, {
    env: city.installation.env,
    stdout: sink,
    stderr: sink,
    stdin: (async function* () {
      yield stdin
    })(),
    now: Date.now,
  })
  must(code === 0, said)
}

interface OldAnswer {
  code: string
  message: string
  data: Record<string, unknown>[] | null
  requestId: string | null
}

/** All an old system knows: four headers and a body of its own. */
async function ask(city: DemoCity, headers: Record<string, string>): Promise<OldAnswer> {
  const { education } = OPERATORS
  const response = await fetch(`${city.dataUrl}/httpproxy`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      GMSFHM: PUPIL.id,
      XM: PUPIL.name,
      BJBH: '11371082PDY003018B3370705001001202611200061',
      JBRBH: education.id,
      JBKS: education.unit,
    }),
  })
  must(response.status === 200, `HTTP ${response.status}`)
  return (await response.json()) as OldAnswer
}

function marks(rid: string, secret: string): Record<string, string> {
  const rtime = String(Date.now())
  const sign = createHmac('sha256', secret).update(`${SID}${rid}${rtime}`).digest('base64')
  return { gjgxjhpt_rid: rid, gjgxjhpt_sid: SID, gjgxjhpt_rtime: rtime, gjgxjhpt_sign: sign }
}

/** A caller of the old national dialect, for a dated transition. */
export const DIALECT_STEPS: readonly Step[] = [
  {
    zh: '旧系统不改程序：国家平台方言凭安全管理员签署的限期方案接入，授权与留痕不减；撤销即止',
    en: 'an old system, unchanged: its dialect under a signed, dated profile; revoked, it ends',
    async run({ city, voice }) {
      const [rid, id] = [randomUUID(), `dp-demo-${Date.now().toString(36)}`]
      const secretFile = join(city.stateDir, 'old-caller.secret')
      const { keyFile } = city.installation.operators.find(({ role }) => role === 'security-administrator')!
      const signed = ['--reason', '演示：过渡期接入', '--operator-key', keyFile]
      const profile = JSON.stringify(profileOf(id, rid, Date.now()))
      await guanyi(city, ['dialect', 'admit', '-', '--secret-file', secretFile, ...signed], profile)
      const secret = (await readFile(secretFile, 'utf8')).trim()

      const headers = marks(rid, secret)
      const answer = await ask(city, headers)
      must(answer.code === '0' && answer.data?.length === 1 && answer.requestId !== null, answer.message)
      voice.say(`code ${answer.code} ${answer.message} ${JSON.stringify(answer.data)}`, 'in the old form')
      voice.say(`✓ requestId ${answer.requestId} 即留痕编号，应答另附证据`, 'the record’s number; evidence is enclosed')

      const again = await ask(city, headers)
      must(again.code === '1005' && again.data === null, `code ${again.code}`)
      voice.say(`✓ 同一组请求头再用一次：${again.code} ${again.message}`, 'the same headers again')

      await guanyi(city, ['dialect', 'revoke', id, ...signed])
      const after = await ask(city, marks(rid, secret))
      must(after.code === '1001' && after.data === null, `code ${after.code}`)
      voice.say(`✓ 方案撤销后的下一次调用：${after.code} ${after.message}`, 'the next call after the revocation')
    },
  },
]
