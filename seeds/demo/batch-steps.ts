import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { importSigningJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { signCompactJws } from '../../gateway/jose/compact-jws.ts'
import { GATEWAY_ID } from '../installation/installation.ts'
import { FATHER, GUARDIAN, OPERATORS, PUPIL } from '../population/cast.ts'
import type { DemoCity } from './city.ts'
import { must } from './demo-failure.ts'
import type { Step } from './step.ts'

const SYSTEM = 'rc-enrolment'
const LINES = 300
const crypto = createSoftwareCrypto()

/** The enrolment platform's side of the batch interface, as a department would write it. */
async function send(city: DemoCity, method: string, path: string, init: { body?: string; type?: string } = {}) {
  const key = importSigningJwk({ ...city.installation.systemKeys.get(SYSTEM)!.jwk })
  const iat = Math.floor(Date.now() / 1000)
  const jti = randomBytes(16).toString('base64url')
  const claims = { iss: SYSTEM, sub: SYSTEM, aud: GATEWAY_ID, iat, exp: iat + 120, jti }
  const headers: Record<string, string> = init.type === undefined ? {} : { 'content-type': init.type }
  if (init.type !== 'application/jose') {
    const granted = await fetch(`${city.dataUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await signCompactJws(crypto, key, { typ: 'JWT' }, JSON.stringify(claims)),
      }),
    })
    headers.authorization = `Bearer ${((await granted.json()) as { access_token: string }).access_token}`
  }
  const body =
    init.type === 'application/jose'
      ? await signCompactJws(
          crypto,
          key,
          { typ: 'exchange-request+jws' },
          JSON.stringify({
            ...JSON.parse(init.body!),
            iss: SYSTEM,
            aud: GATEWAY_ID,
            op: 'batches',
            iat,
            exp: iat + 120,
            jti,
          }),
        )
      : init.body
  const response = await fetch(`${city.dataUrl}/v1/batches${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  must(response.ok, `HTTP ${response.status} ${text.slice(0, 200)}`)
  return text
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** A yearly check of many subjects under one signed request. */
export const BATCH_STEPS: readonly Step[] = [
  {
    zh: `批量：一次签名请求，${LINES} 名学生逐人判定、逐人留痕；结果密存，确认收到即销毁`,
    en: 'a batch: one signed request, every line decided and recorded; results sealed, destroyed once acknowledged',
    async run({ city, voice }) {
      const people = [PUPIL, FATHER, GUARDIAN]
      const lines = Array.from({ length: LINES }, (_none, at) => ({
        line: at + 1,
        subject: { type: 'person', idType: 'resident-id', id: people[at % people.length]!.id },
        case: `11371082PDY003018B337070500100120261122${String(at + 1).padStart(4, '0')}`,
      }))
      const subjects = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      const members = {
        scenario: 'P2.1',
        item: 'rongcheng-p-008',
        purpose: '义务教育入学资格核验',
        operator: { ...OPERATORS.education },
        fields: ['household-registration.address', 'household-registration.householder'],
        count: LINES,
        subjectsSha256: digest(subjects),
      }
      const created = JSON.parse(
        await send(city, 'POST', '', { body: JSON.stringify(members), type: 'application/jose' }),
      )
      await send(city, 'PUT', `/${created.id}/subjects`, { body: subjects, type: 'application/x-ndjson' })
      let view = { done: 0, completedAt: null as string | null, released: 0 }
      for (let tries = 0; tries < 240 && view.completedAt === null; tries++) {
        await sleep(250)
        view = JSON.parse(await send(city, 'GET', `/${created.id}`))
        const share = Math.round((view.done / LINES) * 20)
        voice.say(`[${'█'.repeat(share)}${'░'.repeat(20 - share)}] ${view.done}/${LINES}`)
      }
      must(view.released === LINES, `${view.released} of ${LINES} released`)
      const results = await send(city, 'GET', `/${created.id}/results`)
      const acknowledged = await send(city, 'POST', `/${created.id}/results/ack`, {
        body: JSON.stringify({ sha256: digest(results) }),
        type: 'application/json',
      })
      must(JSON.parse(acknowledged).state === 'destroyed', 'acknowledged results are destroyed')
      voice.say(
        `✓ ${LINES} 行结果已取回并核对摘要，网关中的副本已销毁并留痕`,
        'fetched, acknowledged, destroyed with a record',
      )
    },
  },
]
