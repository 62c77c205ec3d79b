import { FAILURES } from '../../errors/exchange-error.ts'
import type { Subject } from '../../exchange.ts'
import { facts, type Html, html } from '../../html.ts'
import { mask } from '../../masking/mask.ts'

import { type EntryView, isExchange } from '../entry-view.ts'
import { valuesHolder } from '../holder.ts'
import { SUBJECT_NAMED } from '../names.ts'
import type { ReportContext } from './context.ts'
import {
  APPROVAL_WORDS,
  beijingTime,
  ID_TYPE_WORDS,
  MODE_WORDS,
  OUTCOME_WORDS,
  PARTY_WORDS,
  RESULT_WORDS,
  ROLE_WORDS,
  RULE_WORDS,
  SOURCE_WORDS,
  STATUS_WORDS,
  SUBJECT_WORDS,
  TASK_WORDS,
} from './words.ts'

/** A published code, in words and as itself. */
const codeWords = (code: string | null): string =>
  code === null ? '' : Object.hasOwn(FAILURES, code) ? `${FAILURES[code as keyof typeof FAILURES].zh}，${code}` : code

const partyWords = (role: string): string => PARTY_WORDS[role] ?? role

const withId = (name: string, id: string): string => (name === id ? id : `${name}（${id}）`)

/** 一、结论: one sentence of fact, one of finding, and what was not found out. */
export function conclusion(context: ReportContext): Html {
  const { manifest } = context
  // Whether the record is about somebody named is an answer and says nothing about its integrity.
  const named = manifest.checks.find(({ id }) => id === SUBJECT_NAMED)
  const count = (result: string): number =>
    manifest.checks.filter((check) => check.id !== SUBJECT_NAMED && check.result === result).length
  const [good, bad, open, none] = ['passed', 'failed', 'not-possible', 'not-applicable'].map(count) as [
    number,
    number,
    number,
    number,
  ]
  const verdict =
    bad > 0
      ? `核验发现 ${bad} 项不符，本记录或本包可能被改动，见第五节。`
      : open > 0
        ? `已核验的 ${good} 项全部相符；另有 ${open} 项因材料未启封或不在包内，未能核验，见第五节。`
        : `可核验的 ${good} 项全部相符，未发现改动。`
  return html`<div class="conclusion"><p>${sentence(context)}</p><p class="verdict">${verdict}</p>${
    named && html`<p>比对申请核查时所指的人（单位）：${named.detail.zh}。</p>`
  }${none > 0 ? html`<p class="small">另有 ${none} 项对本记录不适用。</p>` : null}</div>`
}

function sentence({ entry, name, columns }: ReportContext): string {
  const when = `${beijingTime(entry.at)}（北京时间）`
  if (entry.kind === 'administration')
    return `${when}，${name.member(entry.member)}的${ROLE_WORDS[entry.operator?.role ?? ''] ?? '操作员'}进行了管理行为“${entry.verb}”，已留痕。`
  if (entry.kind === 'my-data')
    return `${when}，数据主体本人查询了关于自己的共享记录，${entry.outcome === 'released' ? '已答复' : `未答复（${codeWords(entry.code)}）`}。`
  if (!isExchange(entry))
    return `${when}，${name.member(columns.onBehalfOf ?? columns.member)}通过“${name.system(entry.system)}”提交了${MODE_WORDS[entry.mode] ?? entry.mode}，已受理并留痕。`
  const who = `${name.member(columns.onBehalfOf ?? columns.member)}通过“${name.system(entry.system)}”`
  const whom =
    entry.subject === null
      ? ''
      : `就一${entry.subject.type === 'person' ? '名' : '个'}${SUBJECT_WORDS[entry.subject.type ?? ''] ?? '主体'}`
  const what = `${entry.mode === 'verify' ? '申请核验' : '申请查询'} ${columns.fields.length} 个信息项`
  const why =
    entry.scenario === null
      ? ''
      : `，用于“${name.scenario(entry.scenario)}”${entry.purpose === null ? '' : `（${entry.purpose}）`}`
  const end = {
    released: `网关依授权 ${(entry.grants ?? []).join('、')}${entry.legalBasis === null ? '' : `（${[...new Set(entry.legalBasis)].join('；')}）`}放行`,
    refused: `网关予以拒绝（${codeWords(entry.code)}），未放行任何数据`,
    failed: `因故未成功（${codeWords(entry.code)}），未放行任何数据`,
  }[entry.outcome as 'released']
  return `${when}，${who}${whom}${what}${why}；${end}。`
}

const outcomeWords = (entry: ReportContext['entry']): string =>
  !isExchange(entry) && entry.outcome === 'released' ? '已受理' : (OUTCOME_WORDS[entry.outcome] ?? entry.outcome)

/** 二、交换事实: who, when, why, whom, what, how it ended. */
export function exchangeFacts(context: ReportContext): Html {
  const { entry, name, columns, request } = context
  const operator = request?.operator
  return facts([
    ['记录编号', html`<span class="mono">${entry.exchangeId}</span>`],
    ['日志序号', columns.index],
    ['收到时间', beijingTime(entry.receivedAt)],
    ['留痕时间', beijingTime(entry.at)],
    ['需求部门', withId(name.member(entry.member), entry.member)],
    ['代为办理部门', entry.onBehalfOf && withId(name.member(entry.onBehalfOf), entry.onBehalfOf)],
    ['业务系统', withId(name.system(entry.system), entry.system)],
    ['经办人', operatorWords(context, operator)],
    ['应用场景', entry.scenario && withId(name.scenario(entry.scenario), entry.scenario)],
    ['办理事项', entry.item && withId(name.item(entry.item), entry.item)],
    ['办件编号', entry.case],
    ['申报流水号', entry.application],
    ['用途', entry.purpose],
    ['主体', subjectWords(entry.subject, request?.subject)],
    ...Object.entries(entry.parties ?? {}).map(
      ([role, party]) => [`当事人（${partyWords(role)}）`, subjectWords(party, request?.parties?.[role])] as const,
    ),
    ...(entry.subjects ?? []).map((each) => [`主体（${each.role}）`, subjectWords(each, undefined)] as const),
    ['方式', MODE_WORDS[entry.mode] ?? entry.mode],
    ['请求签名', entry.signed === null ? null : entry.signed ? '逐笔签名' : '访问令牌'],
    ['结果', `${outcomeWords(entry)}${entry.code === null ? '' : `（${codeWords(entry.code)}）`}`],
    [
      '拒绝理由',
      entry.reasons
        ?.map(({ rule, grant }) => `${RULE_WORDS[rule] ?? rule}${grant === null ? '' : `（就授权 ${grant} 而言）`}`)
        .join('；'),
    ],
    ['管理行为', entry.verb],
    ['对象', entry.target],
    ['事由', entry.reason],
    ['来源地址', entry.address],
  ])
}

function operatorWords(
  { entry }: ReportContext,
  operator: { id: string; name?: string; unit?: string; assurance: string } | undefined,
): string | null {
  if (entry.operator === null) return isExchange(entry) ? '请求未写明' : null
  const assurance = operator?.assurance ?? entry.operator.assurance
  const assured = assurance === 'verified' ? '身份经核验' : assurance === 'asserted' ? '由业务系统声明' : null
  if (operator === undefined) return `密封保存，未启封${assured === null ? '' : `（${assured}）`}`
  return (
    [operator.name, operator.unit, operator.id].filter(Boolean).join('，') + (assured === null ? '' : `（${assured}）`)
  )
}

/** Printed pages travel: the number is masked here and stands in full in the opened request alone. */
function subjectWords(stated: { type?: string; idType?: string } | null, subject: Subject | undefined): string | null {
  if (stated === null) return null
  const kind = stated.type === undefined ? '数据主体' : (SUBJECT_WORDS[stated.type] ?? stated.type)
  const idType = stated.idType === undefined ? '' : `，以${ID_TYPE_WORDS[stated.idType] ?? stated.idType}标识`
  if (subject === undefined) return `${kind}${idType}（标识不在日志中，密封保存）`
  const rule = subject.idType === 'resident-id' ? 'citizenId18' : subject.idType === 'uscc' ? 'uscc18' : 'full'
  const named = subject.name === undefined ? '' : `${subject.name}（姓名系请求所述），`
  return `${kind}${idType}：${named}${mask(rule, subject.id)}（完整标识见启封的请求）`
}

/** 三、授权依据: every grant as it stood, and whether it was changed since. */
export function authorisation({ entry, grants, name }: ReportContext): Html {
  if (grants.length === 0) return html`<p>本次未依授权放行数据，没有可列的授权。</p>`
  return html`${grants.map(({ id, document, changes }) => {
    if (document === undefined) return html`<p>授权 ${id}：当时全文未保存。</p>`
    const later = changes.filter(({ at }) => at > entry.at)
    return facts([
      ['授权编号', id],
      ['当时状态', STATUS_WORDS[document.status] ?? document.status],
      ['法律依据', document.legalBasis],
      [
        '授予对象',
        document.consumer.kind === 'member' ? name.member(document.consumer.id) : name.system(document.consumer.id),
      ],
      ['场景与用途', `${name.scenario(document.scenario)}；${document.purposes.join('、')}`],
      ['特定目的', document.specificPurpose],
      ['期限', `${beijingTime(document.term.from)} 至 ${beijingTime(document.term.until)}（不含）`],
      [
        '审批',
        document.approvals
          .map(({ role, by, at }) => `${APPROVAL_WORDS[role] ?? role} ${by}，${at.slice(0, 10)}`)
          .join('；') || '未记载',
      ],
      [
        '此后变更',
        later.length === 0
          ? '无'
          : later
              .map(
                ({ at, to, by, reason }) =>
                  `${beijingTime(at)} ${to === null ? '移除' : (STATUS_WORDS[to] ?? to)}（${by}：${reason}）`,
              )
              .join('；'),
      ],
    ])
  })}<p class="small">策略版本 <span class="mono">${entry.policyVersion}</span>；目录版本 <span class="mono">${entry.catalogVersion}</span>。</p>`
}

/** 四、信息项与数据来源, by dataset. */
export function sources({ entry, name }: ReportContext): Html {
  const keys = Object.keys(entry.fields ?? {})
  if (keys.length === 0) return html`<p>没有涉及信息项。</p>`
  const list = (groups: Record<string, string[]> | null, key: string): string =>
    (groups?.[key] ?? []).map((field) => name.field(key, field)).join('、')
  return html`<table><thead><tr><th>数据资源（提供部门）</th><th>申请的信息项</th><th>放行</th><th>数源答复</th></tr></thead>${keys.map(
    (
      key,
    ) => html`<tr><td>${name.dataset(key)}${key.includes(':') ? `（${partyWords(key.slice(0, key.indexOf(':')))}的）` : ''}<br>${name.provider(key)}</td>
<td>${list(entry.fields, key)}</td>
<td>${!isExchange(entry) ? '—' : entry.mode === 'verify' && entry.outcome === 'released' ? '只答比对结果' : list(entry.released, key) || '无'}${
      list(entry.masked, key) === '' ? null : html`<br><span class="small">其中脱敏：${list(entry.masked, key)}</span>`
    }</td><td>${sourceWords(entry.sources?.[key])}</td></tr>`,
  )}</table>`
}

type RecordedSource = NonNullable<EntryView['sources']>[string]

function sourceWords(source: RecordedSource | undefined): Html | string {
  if (source === undefined) return '未记载'
  const { status, task, declaredIn = [] } = source
  const words = TASK_WORDS[task?.state ?? ''] ?? SOURCE_WORDS[status] ?? status
  const beside = [
    ...(task === undefined ? [] : [`协查任务 ${task.id}`]),
    ...(declaredIn.length === 0 ? [] : [`申请人申报、部门核实，见交换 ${declaredIn.join('、')}`]),
  ]
  return html`${words}${beside.map((text) => html`<br><span class="small">${text}</span>`)}${source.asOf === null ? null : html`<br><span class="small">数据截至 ${beijingTime(source.asOf)}</span>`}`
}

/** 五、核验项目与结果. */
export const findings = ({ manifest }: ReportContext): Html =>
  html`<table><thead><tr><th class="nowrap">序号</th><th>核验项目</th><th>结果</th><th>说明</th></tr></thead>${manifest.checks.map(
    ({ zh, result, detail }, place) =>
      html`<tr><td>${place + 1}</td><td>${zh}</td><td class="nowrap ${result === 'failed' ? 'failed' : ''}">${RESULT_WORDS[result]}</td><td>${detail.zh}</td></tr>`,
  )}</table>`

/** 六、数据内容由谁持有. */
export const holder = ({ columns, name }: ReportContext): Html => html`<p>${valuesHolder(columns, name).zh}</p>`
