import type { Grant } from '../../../policies/engine/types.ts'
import type { Catalog } from '../../catalog/types.ts'
import { catalogIfAny } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { conditionWords } from '../grants/condition-words.ts'
import { namesIn, STATUS_NAMES } from '../grants/names.ts'
import { noGrant, withGrants } from '../grants/store.ts'
import { APPROVER_NAMES, ceilingWords, MODE_NAMES } from '../grants/words.ts'
import { chinaTerm, chinaTime } from '../layout/china-time.ts'
import { columns, indent } from '../layout/table.ts'
import type { Terminal } from '../terminal.ts'

export const grantShow: Command = {
  name: 'grant show',
  zh: '显示一项授权的全部内容',
  en: 'show one grant in full',
  positionals: ['<授权 id>'],
  examples: ['guanyi grant show g-p21-enrolment'],
  async run({ positionals: [id] }, { io, json }) {
    const grant = await withGrants(io, (store) => store.get(id!))
    if (grant === undefined) throw noGrant(id!)
    const catalog = json ? undefined : await catalogIfAny(io)
    return { json: grant, text: (terminal) => grantText(grant, catalog, terminal) }
  },
}

function grantText(grant: Grant, catalog: Catalog | undefined, terminal: Terminal): string {
  const { say, bold, dim } = terminal
  const names = namesIn(catalog)
  const { from, until } = chinaTerm(grant.term)
  const rows: [string, string, string][] = [
    ['状态', 'status', say(STATUS_NAMES[grant.status])],
    ['应用场景', 'scenario', `${grant.scenario} ${names.scenario(grant.scenario)}`],
    ['需求方', 'consumer', `${grant.consumer.id} ${names.consumer(grant.consumer)}`],
    ['方式', 'modes', grant.modes.map((mode) => say(MODE_NAMES[mode])).join(say({ zh: '、', en: ', ' }))],
    ['用途', 'purposes', grant.purposes.join('；')],
    ...(grant.specificPurpose === undefined
      ? []
      : [['特定目的', 'specific purpose', grant.specificPurpose] as [string, string, string]]),
    ['期限', 'term', `${from} ~ ${until} ${say({ zh: '（北京时间）', en: '(China time)' })}`],
    ['依据', 'legal basis', grant.legalBasis],
    [
      '条件',
      'conditions',
      conditionWords(grant.conditions)
        .map(say)
        .join(say({ zh: '；', en: '; ' })),
    ],
    [
      '用量上限',
      'ceilings',
      grant.ceilings.map((ceiling) => say(ceilingWords(ceiling))).join(say({ zh: '；', en: '; ' })),
    ],
  ]
  const fields = grant.fields.map((field) => [
    field,
    [names.dataset(field), names.field(field)].filter(Boolean).join(' · '),
    grant.masks[field] === undefined ? '' : `${say({ zh: '脱敏', en: 'mask' })} ${grant.masks[field]}`,
  ])
  const items =
    grant.items === 'all'
      ? [[say({ zh: '本场景全部事项', en: 'all of the scenario' })]]
      : grant.items.map((id) => [id, names.item(id)])
  const approvals = grant.approvals.map(({ role, by, at }) => [
    say(APPROVER_NAMES[role]),
    by,
    chinaTime(Date.parse(at)),
  ])
  const block = (zh: string, en: string, body: string[][]): string =>
    `${bold(say({ zh, en }))}\n${indent(columns(body).join('\n') || say({ zh: '（无）', en: '(none)' }))}`
  return [
    `${bold(grant.id)}\n${indent(columns(rows.map(([zh, en, value]) => [dim(say({ zh, en })), value.trim() || '—'])).join('\n'))}`,
    block('信息项', 'Fields', fields),
    block('事项', 'Items', items),
    block('审批', 'Approvals', approvals),
  ].join('\n\n')
}
