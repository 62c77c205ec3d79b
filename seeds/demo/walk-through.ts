import { join } from 'node:path'
import { importVerificationJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import {
  type Answer,
  type Ask,
  createClient,
  disclose,
  type GuanyiClient,
  GuanyiProblem,
  verifyEvidence,
} from '../../gateway/client/index.ts'
import type { Problem } from '../../gateway/errors/problem.ts'
import { GATEWAY_ID } from '../installation/installation.ts'
import { writeWhole } from '../installation/system-keys.ts'
import { FATHER, GUARDIAN, GUARDIAN_HOME, OPERATORS } from '../population/cast.ts'
import { ENROLMENT } from '../samples/samples.ts'
import { AUDIT_STEPS, RATES_STEP } from './audit-steps.ts'
import { batchSteps } from './batch-steps.ts'
import type { DemoCity } from './city.ts'
import { DemoFailure, must } from './demo-failure.ts'
import { DIALECT_STEPS } from './dialect-steps.ts'
import { FORM_STEPS } from './form-steps.ts'
import { HOP_STEPS } from './hop-steps.ts'
import { LOG_STEPS } from './log-steps.ts'
import { PEOPLE_STEPS } from './people-steps.ts'
import { PREFILL_STEPS } from './prefill-steps.ts'
import type { Voice } from './printing.ts'
import { SOURCE_STEPS } from './source-steps.ts'
import type { Step } from './step.ts'

/** Runs every step in order; each asserts what it shows. Errors: `DemoFailure` naming the step. */
export async function walkThrough(
  city: DemoCity,
  voice: Voice,
  { lines, signal }: { lines: number; signal: AbortSignal },
): Promise<number> {
  const client = (system: string): GuanyiClient => {
    const { jwk } = city.installation.systemKeys.get(system)!
    return createClient({ url: city.dataUrl, gatewayId: GATEWAY_ID, system, key: jwk })
  }
  const steps = [
    ...STEPS,
    ...SOURCE_STEPS,
    ...HOP_STEPS,
    ...LOG_STEPS,
    ...AUDIT_STEPS,
    ...PREFILL_STEPS,
    ...FORM_STEPS,
    RATES_STEP,
    ...PEOPLE_STEPS,
    ...DIALECT_STEPS,
    ...batchSteps(lines),
  ]
  for (const [index, step] of steps.entries()) {
    signal.throwIfAborted()
    voice.title(index + 1, step.zh, step.en)
    try {
      await step.run({ city, voice, client, signal })
    } catch (thrown) {
      if (signal.aborted) throw thrown
      throw new DemoFailure(
        `第 ${index + 1} 步“${step.zh}”：${thrown instanceof Error ? thrown.message : String(thrown)}`,
        { cause: thrown },
      )
    }
  }
  return steps.length
}

async function refusal(asking: Promise<Answer>): Promise<Problem> {
  const answer = await asking.then(
    () => undefined,
    (thrown: unknown) => {
      if (thrown instanceof GuanyiProblem) return thrown.problem
      throw thrown
    },
  )
  must(answer !== undefined, '本应被拒绝，却放行了 / released although it should have been refused')
  return answer
}

const { fields: _fields, ...ENROLMENT_WITHOUT_FIELDS } = ENROLMENT
/** Another scenario of the same department: 助学. */
const AID: Ask = {
  ...ENROLMENT,
  scenario: 'P2.3',
  item: 'rongcheng-p-014',
  purpose: '家庭经济困难学生认定',
}
const RENTAL: Ask = {
  scenario: 'P5.3',
  item: 'rongcheng-p-061',
  case: 'ZJJ-2026-004411',
  purpose: '公租房保障资格核验',
  operator: { ...OPERATORS.approval },
  subject: { type: 'person', idType: 'resident-id', ...FATHER },
  fields: ['household-registration.address', 'real-estate.housingCount'],
}
const RENTAL_GRANT = 'grant-p5.3-zjj-public-rental'

const STEPS: readonly Step[] = [
  {
    zh: '入学资格核验：一次请求，学生与监护人，两个部门的数据',
    en: 'a permitted query over several datasets and parties',
    async run({ client, voice }) {
      const enrolment = client('rc-enrolment')
      const answer = await enrolment.query({ ...ENROLMENT, maxAgeSeconds: 0 })
      await voice.answer(answer, enrolment)
      must(answer.complete, 'complete')
      must(
        Object.keys(answer.data ?? {})
          .sort()
          .join() === 'guardian:real-estate,household-registration',
        'exactly the granted datasets',
      )
    },
  },
  {
    zh: '同样的信息项，换到“助学”场景：拒绝，并说明缺哪些信息项、依据哪条规则',
    en: 'the same fields under another scenario: refused, field and rule named',
    async run({ client, voice }) {
      const problem = await refusal(client('rc-enrolment').query(AID))
      voice.problem(problem)
      must(problem.code === 'access.denied', 'access.denied')
      must(
        problem.reasons.some(({ fields }) => fields?.includes('guardian:real-estate.certificateNo') ?? false),
        'the refused field is named',
      )
    },
  },
  {
    zh: '在“助学”场景只要该场景授权的信息项：放行',
    en: 'the narrower request there: released',
    async run({ client, voice }) {
      const enrolment = client('rc-enrolment')
      const answer = await enrolment.query({
        ...AID,
        keys: {},
        parties: {},
        fields: ['household-registration.householder', 'minimum-living-allowance.receiving'],
      })
      await voice.answer(answer, enrolment)
      must(answer.complete, 'complete')
    },
  },
  {
    zh: '只核验，不取值：回答“一致 / 不一致”，任何值都不离开数源',
    en: 'verify: match or mismatch, no value leaves',
    async run({ client, voice }) {
      const enrolment = client('rc-enrolment')
      const answer = await enrolment.verify({
        ...ENROLMENT_WITHOUT_FIELDS,
        claims: {
          'household-registration.householder': FATHER.name,
          'guardian:real-estate.certificateNo': '鲁（2000）荣成市不动产权第0000000号',
        },
      })
      await voice.answer(answer, enrolment)
      must(answer.results?.['household-registration.householder'] === 'match', 'match')
      must(answer.results['guardian:real-estate.certificateNo'] === 'mismatch', 'mismatch')
      must(answer.data === undefined, 'no data')
    },
  },
  {
    zh: '同样的问题再问一次：来自加密缓存，仍是一次独立留痕的交换',
    en: 'asked again: answered from the sealed cache, an exchange of its own all the same',
    async run({ client, voice }) {
      const enrolment = client('rc-enrolment')
      const first = await enrolment.query(ENROLMENT)
      const again = await enrolment.query(ENROLMENT)
      must(
        Object.values(again.sources).every(({ cache }) => cache === 'hit'),
        'every source from cache',
      )
      must(first.exchangeId !== again.exchangeId, 'two exchanges')
      voice.say(
        `两次交换编号不同：${first.exchangeId.slice(0, 8)}… 与 ${again.exchangeId.slice(0, 8)}…，第二次全部命中缓存`,
        'second one answered from cache',
      )
    },
  },
  {
    zh: '不动产登记系统宕机：其余照常返回，complete 为 false，来源写明“不可用”',
    en: 'a source is down: the rest is answered, complete is false',
    async run({ city, client, voice }) {
      const land = city.providers.services['rc-zrzyj-http']
      land.setMode('down')
      try {
        const enrolment = client('rc-enrolment')
        const answer = await enrolment.query({ ...ENROLMENT, maxAgeSeconds: 0 })
        await voice.answer(answer, enrolment)
        must(
          !answer.complete && answer.sources['guardian:real-estate']?.status === 'unavailable',
          'unavailable is said',
        )
        must(answer.data?.['household-registration'] !== undefined, 'the other source answered')
      } finally {
        land.setMode('ok')
      }
    },
  },
  {
    zh: '请求在途中被篡改：签名不符，拒绝',
    en: 'a tampered request: the signature does not verify',
    async run({ city, client, voice }) {
      const { body } = await client('rc-enrolment').signRequest('query', ENROLMENT)
      const [header, payload, signature] = body.split('.')
      const altered = Buffer.from(payload!, 'base64url').toString().replace('rc-jyj', 'rc-mzj')
      const problem = await send(city, `${header}.${Buffer.from(altered).toString('base64url')}.${signature}`)
      voice.problem(problem)
      must(problem.code === 'request.signature', 'request.signature')
    },
  },
  {
    zh: '同一请求发送两次：第二次被识别为重放，并告知首次交换的编号与结果',
    en: 'a replay: refused, naming the first exchange and its outcome',
    async run({ city, client, voice }) {
      const { body } = await client('rc-enrolment').signRequest('query', ENROLMENT)
      await send(city, body, true)
      const problem = await send(city, body)
      voice.problem(problem)
      must(problem.code === 'request.replayed', 'request.replayed')
      must((problem.firstExchange as { outcome: string }).outcome === 'released', 'the first outcome is named')
    },
  },
  {
    zh: '授权被撤销：下一次请求立即被拒绝',
    en: 'a grant is revoked: the very next request is refused',
    async run({ city, client, voice }) {
      const housing = client('rc-housing')
      must((await housing.query(RENTAL)).complete, 'released before')
      const grants = createPostgresGrantStore({ url: city.ownerUrl, listen: false })
      const revokedAt = performance.now()
      try {
        await grants.setStatus(RENTAL_GRANT, 'revoked', 'op-security', '演示：撤销授权')
      } finally {
        await grants.close()
      }
      const problem = await refusal(housing.query(RENTAL))
      voice.say(
        `撤销后 ${Math.round(performance.now() - revokedAt)} 毫秒内的下一次请求：`,
        'the next request after the revocation:',
      )
      voice.problem(problem)
      must(problem.code === 'access.denied', 'access.denied')
    },
  },
  {
    zh: '离线验证证据：只凭公钥，不联网、不查库',
    en: 'evidence verified offline, with the public keys alone',
    async run({ city, client, voice }) {
      const { evidence } = await client('rc-enrolment').query(ENROLMENT)
      const jwks = (await (await fetch(`${city.dataUrl}/.well-known/jwks.json`)).json()) as {
        keys: Record<string, unknown>[]
      }
      await writeWhole(join(city.stateDir, 'evidence.jwks.json'), jwks)
      const keys = new Map(jwks.keys.map(importVerificationJwk).map((key) => [key.kid, key]))
      const reader = { crypto: createSoftwareCrypto(), resolveKey: async (kid: string) => keys.get(kid) }

      const whole = await verifyEvidence(evidence, reader)
      must(whole.ok, 'the whole evidence verifies')
      voice.say(
        `✓ 完整证据通过验证，披露 ${whole.disclosed.length} 项`,
        `verified, ${whole.disclosed.length} values disclosed`,
      )

      const one = disclose(evidence, (path) => path.at(-1) === 'certificateNo')
      const alone = await verifyEvidence(one, reader)
      must(alone.ok && alone.disclosed.length === 1, 'one field alone verifies')
      must(
        alone.disclosed[0]!.value === GUARDIAN_HOME.certificate && !JSON.stringify(alone.claims).includes(GUARDIAN.id),
        'nothing else shows',
      )
      voice.say(
        `✓ 只披露一项：${alone.disclosed[0]!.path.join(' › ')} = ${String(alone.disclosed[0]!.value)}，其余仍是摘要`,
        'one field disclosed alone, the rest stays hidden',
      )

      const flipped = evidence.replace(
        /^(.{200})(.)/,
        (_all, head: string, at: string) => head + (at === 'A' ? 'B' : 'A'),
      )
      must(!(await verifyEvidence(flipped, reader)).ok, 'a changed byte is found')
      voice.say('✓ 改动一个字节即验证失败', 'one changed byte fails')
    },
  },
]

/** Sends bytes as they are, without the client's help. */
async function send(city: DemoCity, body: string, expectRelease = false): Promise<Problem> {
  const response = await fetch(`${city.dataUrl}/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/jose' },
    body,
  })
  must(response.ok === expectRelease, `HTTP ${response.status}`)
  return (await response.json()) as Problem
}
