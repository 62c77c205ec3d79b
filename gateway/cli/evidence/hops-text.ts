import type { Hop, HopFault } from '../../evidence/chain.ts'
import { columns, indent } from '../layout/table.ts'
import type { Terminal } from '../terminal.ts'
import { FAULTS } from './faults.ts'

const HOP_FAULTS: Record<Exclude<HopFault, keyof typeof FAULTS>, { zh: string; en: string }> = {
  hash: { zh: '凭证不是前一跳所指的那一份（摘要不同）', en: 'not the evidence the gateway before names' },
  issuer: { zh: '签发者不是这一跳', en: 'issued by another gateway' },
  exchange: { zh: '交换编号不是前一跳所指的', en: 'of another exchange' },
  audience: { zh: '是签发给别的系统或者为别的部门签发的', en: 'issued to another system or for another department' },
  route: { zh: '所写的来路与实际途经的网关不符', en: 'names another way for the question' },
  steps: { zh: '所写的后续各跳与前一跳转述的不符', en: 'names other further steps than were handed on' },
  time: { zh: '签发时间与前一跳相差过大', en: 'issued at another time than the gateway before' },
}

const known = (fault: HopFault): fault is keyof typeof FAULTS => Object.hasOwn(FAULTS, fault)
const reason = (fault: HopFault) => (known(fault) ? FAULTS[fault] : HOP_FAULTS[fault])

/** The way an answer came, hop by hop, and what is known of each. `judged`: keys of the hops were given. */
export function hopsText(hops: readonly Hop[], judged: boolean, terminal: Terminal): string {
  const { say, green, red, bold, dim } = terminal
  const mark = ({ state, fault }: Hop): string => {
    if (state === 'verified') return green(say({ zh: '✓ 签名与衔接均有效', en: '✓ verified' }))
    if (state === 'failed' && fault !== undefined)
      return red(say({ zh: `✗ ${reason(fault).zh}`, en: `✗ ${reason(fault).en}` }))
    return dim(
      judged
        ? say({ zh: '· 无自带凭证，由前一跳具名说明', en: '· no evidence of its own; vouched for by the hop before' })
        : say({ zh: '· 未核验（用 --hops 给出其公钥）', en: '· not verified (give its keys with --hops)' }),
    )
  }
  const rows = hops.map((hop) => [hop.source, hop.hop, hop.exchange, hop.onBehalfOf ?? hop.system ?? '—', mark(hop)])
  return `${bold(say({ zh: '途经各跳（由近及远）', en: 'The way it came, nearest hop first' }))}\n${indent(columns(rows).join('\n'))}`
}
