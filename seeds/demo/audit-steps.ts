import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { percent } from '../../gateway/audit/prefill-csv.ts'
import type { PrefillReport } from '../../gateway/audit/prefill-stats.ts'
import { GuanyiProblem } from '../../gateway/client/index.ts'
import { createOperatorClient, type OperatorClient } from '../../gateway/client/operator-client.ts'
import { verifyPackage } from '../../gateway/evidence-package/verify.ts'
import { GATEWAY_ID } from '../installation/installation.ts'
import { PUPIL } from '../population/cast.ts'
import { DOSSIER_SAMPLES } from '../samples/dossier-samples.ts'
import type { DemoCity } from './city.ts'
import { must } from './demo-failure.ts'
import type { Step } from './step.ts'

const subject = { type: 'person', idType: 'resident-id', id: PUPIL.id }

function operator(city: DemoCity, role: string): OperatorClient {
  const found = city.installation.operators.find((each) => each.role === role)!
  return createOperatorClient({ url: city.managementUrl, gatewayId: GATEWAY_ID, operator: found.id, key: found.jwk })
}

interface RecordLine {
  exchangeId: string
  recordedAt: string
  member: string
  scenario: string | null
  purpose: string | null
  outcome: string
  code: string | null
}

/** What auditors and dossiers show. */
export const AUDIT_STEPS: readonly Step[] = [
  {
    zh: '审计：谁查过测试王小明，为了什么，结果如何（按主体检索，检索本身也留痕）',
    en: 'who asked about this person, why, with what outcome; the search is itself recorded',
    async run({ city, voice }) {
      const audit = operator(city, 'audit-administrator')
      const found = await audit.post('/admin/v1/records/search', { subject, limit: 200 })
      const lines = found.records as RecordLine[]
      must(lines.length >= 8, `only ${lines.length} records`)
      for (const { recordedAt, member, scenario, purpose, outcome, code } of lines.slice(0, 5)) {
        voice.say(
          `${recordedAt}  ${member}  ${scenario ?? '—'}  ${purpose ?? '—'}  ${outcome}${code === null ? '' : `（${code}）`}`,
        )
      }
      voice.say(`……共 ${lines.length} 条`, `${lines.length} records`)
    },
  },
  {
    zh: '三员分立：系统管理员不能查审计记录，试探本身留痕',
    en: 'roles exclude each other: the system administrator may not search, and the try is recorded',
    async run({ city, voice }) {
      const code = await operator(city, 'system-administrator')
        .post('/admin/v1/records/search', { subject })
        .then(
          () => 'released',
          (thrown: unknown) => (thrown instanceof GuanyiProblem ? thrown.problem.code : String(thrown)),
        )
      must(code === 'access.denied', code)
      voice.say('✓ access.denied，已留痕', 'refused and recorded')
    },
  },
  {
    zh: '一人一档：审计人员看访问侧（部门、场景、信息项、每条指向留痕与证明）',
    en: 'the dossier’s access side, for auditors',
    async run({ city, voice }) {
      const dossier = await operator(city, 'audit-administrator').post('/admin/v1/dossiers/lookup', {
        subject,
        reason: '演示：群众来访核查',
        limit: 50,
      })
      const { total } = dossier.counts as { total: number }
      must(total >= 8, `counts ${total}`)
      voice.say(`✓ 访问 ${total} 次，本次查阅留痕于 ${String(dossier.recordedAs)}`, `${total} accesses`)
    },
  },
  {
    zh: '一人一档：部门凭授权看数据侧（生命周期事件、学籍、户籍），自身也是一次交换',
    en: 'the data side for a department, under a grant, an exchange like any other',
    async run({ client, voice }) {
      const { system, request } = DOSSIER_SAMPLES[0]!
      const approval = client(system)
      const answer = await approval.dossier(request)
      await voice.answer(answer, approval)
      must(answer.data?.['dossier-person'] !== undefined, 'events are told')
    },
  },
  {
    zh: '证据包：一条留痕连同原文、证据、授权、证明和中文核查报告，离线逐项核验',
    en: 'an evidence package of one record, checked offline',
    async run({ city, voice }) {
      const audit = operator(city, 'audit-administrator')
      const found = await audit.post('/admin/v1/records/search', { subject, outcome: 'released', limit: 1 })
      const { exchangeId } = (found.records as RecordLine[])[0]!
      const zip = await audit.download(`/admin/v1/records/${exchangeId}/evidence-package`, {
        reason: '演示：行政复议取证',
      })
      const report = await verifyPackage(zip, createSoftwareCrypto(), { logVkeys: city.installation.logVkey })
      must(report.ok, 'the package verifies')
      voice.say(
        `✓ ${(zip.length / 1024).toFixed(0)} KiB，${report.checks.filter(({ result }) => result === 'passed').length} 项核验通过，无一不符`,
        'every check passed',
      )
    },
  },
]

/** After the prefills of this run: what the records say of them. */
export const RATES_STEP: Step = {
  zh: '审计：本次演示的预填三率与数据质检合格率，全部由留痕统计（表单均为样例）',
  en: 'rates of this run’s prefilled forms and of its sources’ quality, from the records alone',
  async run({ city, voice }) {
    const { total, leftOut, quality } = await operator(city, 'audit-administrator').get<PrefillReport>(
      '/admin/v1/stats/prefill',
    )
    must(total.forms >= 3 && total.sample, `${total.forms} forms`)
    const rates = [total.fieldSharing, total.certificateSubstitution, total.noSubmission].map((rate) => percent(rate))
    const checked = quality.reduce((sum, { values }) => sum + values, 0)
    const failed = quality.reduce((sum, { valuesFailed }) => sum + valuesFailed, 0)
    must(checked > 0, 'values were checked')
    voice.say(
      `✓ 完整表单 ${total.forms} 次：表单字段共享率 ${rates[0]}，电子证照替代率 ${rates[1]}，免提交率 ${rates[2]}；骨架 ${leftOut.skeleton} 次不计；` +
        `${quality.length} 个数源质检 ${checked} 值，合格率 ${percent((checked - failed) / checked)}`,
      `${total.forms} forms: fields ${rates[0]}, e-licences ${rates[1]}, not submitted ${rates[2]}`,
    )
  },
}
