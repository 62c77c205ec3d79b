import type { Operator } from '../../operators/types.ts'
import { eraseRecord } from '../../retention/erase.ts'
import { purgeDue } from '../../retention/purge.ts'
import { HELD_KINDS, type HeldKind, RECORD_KINDS, type RecordKind, type RetentionRule } from '../../retention/table.ts'
import type { RetentionStatus } from '../../retention/types.ts'
import type { Command, Input } from '../command.ts'
import { CliError, EXIT } from '../exit.ts'
import { table } from '../layout/table.ts'
import { actingOperator, OPERATOR_KEY_OPTION } from '../operators/acting-operator.ts'
import { REGISTRY_OPTION, registryPath } from '../operators/registry-store.ts'
import { told } from '../operators/told.ts'
import { registryText, withRetention, withStore } from '../retention/open.ts'
import type { CliIo, Terminal } from '../terminal.ts'

const KIND_NAMES: Record<RecordKind | HeldKind, { zh: string; en: string }> = {
  release: { zh: '放行', en: 'releases' },
  refusal: { zh: '拒绝与失败', en: 'refusals and failures' },
  administration: { zh: '管理行为', en: 'administrative acts' },
  event: { zh: '上报事件', en: 'reported events' },
  correction: { zh: '校核纠错', en: 'corrections' },
  notice: { zh: '变更通知', en: 'change notices' },
  suppression: { zh: '暂缓告知', en: 'delayed notices' },
  declared: { zh: '停用的申报值', en: 'declared values out of use' },
  task: { zh: '失效的协查', en: 'questions to people out of use' },
}

export const retentionShow: Command = {
  name: 'retention show',
  zh: '留存期限、法律依据，以及现已到期的记录',
  en: 'retention periods with their legal source, and what is due now',
  async run(_input, { io }) {
    const [rules, status] = await withStore(io, async (store) => [await store.rules(), await store.status()] as const)
    return {
      json: { rules, ...statusJson(status) },
      text: (terminal) => [rulesTable(rules, terminal), statusText(status, terminal)].join('\n\n'),
    }
  },
}

export const retentionPurge: Command = {
  name: 'retention purge',
  zh: '清理到期的记录：先留痕，再删除可关联信息与整包条目',
  en: 'purge what is due: recorded first, then sides and whole bundles go',
  options: {
    'dry-run': { zh: '只看将清理什么，不留痕、不删除', en: 'only show what would go' },
    'operator-key': { ...OPERATOR_KEY_OPTION['operator-key'], required: false },
    reason: { value: '事由 text', zh: '事由，默认“留存期限届满”', en: 'why; default: the period has ended' },
    ...REGISTRY_OPTION,
  },
  notes: [
    {
      zh: '须以 DATABASE_OWNER_URL 登录。未到期的由数据库拒绝，手工执行也一样；哈希保留，其余记录的存证证明不受影响。',
      en: 'Logs in with DATABASE_OWNER_URL. The database refuses what is not due, by hand too; hashes stay, so every other proof still holds.',
    },
  ],
  async run(input, context) {
    const { io } = context
    if (input.flag('dry-run')) {
      const status = await withStore(io, (store) => store.status())
      return { json: { dryRun: true, ...statusJson(status) }, text: (terminal) => statusText(status, terminal) }
    }
    const operator = await operatorOf(input, io, 'system-administrator')
    const reason = input.text('reason') ?? '留存期限届满'
    const done = await withRetention(io, (deps) => purgeDue(deps, operator, reason)).catch(told)
    if (done === undefined)
      throw new CliError(EXIT.refused, { zh: '另一次清理正在进行', en: 'another purge is at work' })
    return {
      json: { ...done, lowestKept: String(done.lowestKept) },
      text: ({ say, green }) =>
        done.act === null
          ? say({ zh: '没有到期的记录，未作改动', en: 'nothing is due; nothing was changed' })
          : green(
              say({
                zh: `✓ 已清理：可关联信息 ${total(done.sides)} 条，日志以外 ${totalHeld(done.held)} 条，条目 ${done.bundles * 256} 条（自第 ${done.lowestKept} 号起保留）；留痕 ${done.act}`,
                en: `✓ purged: sides of ${total(done.sides)} records, ${totalHeld(done.held)} rows beside the log, ${done.bundles * 256} entries (kept from ${done.lowestKept}); recorded as ${done.act}`,
              }),
            ),
    }
  },
}

export const retentionErase: Command = {
  name: 'retention erase',
  zh: '依法删除一条记录的可关联信息，条目与证明保留',
  en: 'erase what links one record to a person; entry and proofs stay',
  positionals: ['<记录 exchange-id>'],
  options: {
    reason: {
      value: '事由 text',
      required: true,
      zh: '事由，记入日志，不得含身份标识',
      en: 'why; recorded, without identifiers',
    },
    'legal-duty': {
      value: '条款 article',
      zh: '未到期时须写明法定义务及条款',
      en: 'before its date: the legal duty with its article',
    },
    ...OPERATOR_KEY_OPTION,
    ...REGISTRY_OPTION,
  },
  examples: [
    "guanyi retention erase 0199… --reason '依当事人申请' --legal-duty '个人信息保护法第四十七条' --operator-key .guanyi/operators/op-security.jwk.json",
  ],
  async run(input, { io }) {
    const operator = await operatorOf(input, io, 'security-administrator')
    const exchangeId = input.positionals[0]!
    const demand = { exchangeId, reason: input.text('reason')!, legalDuty: input.text('legal-duty') ?? null }
    const { act, dueOn } = await withRetention(io, (deps) => eraseRecord(deps, operator, demand)).catch(told)
    return {
      json: { exchangeId, act, dueOn },
      text: ({ say, green }) =>
        green(say({ zh: `✓ 已删除可关联信息；留痕 ${act}`, en: `✓ erased; recorded as ${act}` })),
    }
  },
}

async function operatorOf(input: Input, io: CliIo, role: Operator['role']): Promise<Operator> {
  const keyFile = input.text('operator-key')
  if (keyFile === undefined)
    throw new CliError(EXIT.usage, { zh: '缺少 --operator-key', en: '--operator-key is missing' })
  return await actingOperator(keyFile, await registryText(registryPath(io.env, input.text('registry'))), role)
}

const total = (sides: Record<RecordKind, number>): number => RECORD_KINDS.reduce((sum, kind) => sum + sides[kind], 0)

const totalHeld = (held: Record<HeldKind, number>): number => HELD_KINDS.reduce((sum, kind) => sum + held[kind], 0)

const statusJson = (status: RetentionStatus) => ({
  ...status,
  lowestKept: String(status.lowestKept),
  treeSize: String(status.treeSize),
})

function rulesTable(rules: readonly RetentionRule[], terminal: Terminal): string {
  const { lang, say } = terminal
  const months = (rule: RetentionRule): string =>
    rule.months === rule.statutoryMonths
      ? say({ zh: `${rule.months} 个月`, en: `${rule.months} months` })
      : say({
          zh: `${rule.months} 个月（法定 ${rule.statutoryMonths}）`,
          en: `${rule.months} months (by law ${rule.statutoryMonths})`,
        })
  return table(
    ['记录', '期限', '适用于', '依据'],
    rules.map((rule) => [
      rule.record[lang],
      months(rule),
      rule.appliesTo.map((kind) => KIND_NAMES[kind][lang]).join(lang === 'zh' ? '、' : ', '),
      rule.source[lang],
    ]),
    terminal,
  )
}

function statusText(status: RetentionStatus, { say, lang }: Terminal): string {
  const due = RECORD_KINDS.map((kind) => `${KIND_NAMES[kind][lang]} ${status.sidesDue[kind]}`).join(
    lang === 'zh' ? '，' : ', ',
  )
  const held = HELD_KINDS.map((kind) => `${KIND_NAMES[kind][lang]} ${status.heldDue[kind]}`).join(
    lang === 'zh' ? '，' : ', ',
  )
  return say({
    zh: [
      `今天 ${status.today}；最早的记录 ${status.oldest ?? '无'}；条目自第 ${status.lowestKept} 号起保留，树长 ${status.treeSize}`,
      `到期的可关联信息：${due}（尚存 ${status.sidesKept} 条）`,
      `到期的日志以外数据：${held}`,
      `到期的整包条目：${status.bundlesDue} 包（每包 256 条）`,
    ].join('\n'),
    en: [
      `today ${status.today}; oldest record ${status.oldest ?? 'none'}; entries kept from ${status.lowestKept}, tree size ${status.treeSize}`,
      `sides due: ${due} (${status.sidesKept} still kept)`,
      `due beside the log: ${held}`,
      `whole bundles due: ${status.bundlesDue} (256 entries each)`,
    ].join('\n'),
  })
}
