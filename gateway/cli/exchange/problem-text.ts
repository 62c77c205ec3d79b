import type { Problem } from '../../errors/problem.ts'
import { printableJson } from '../layout/printable.ts'
import type { Terminal } from '../terminal.ts'

const ORIGINS: Record<string, { zh: string; en: string }> = {
  consumer: { zh: '请求方', en: 'the asking system' },
  provider: { zh: '数源', en: 'the source' },
  gateway: { zh: '网关', en: 'the gateway' },
}
const SHOWN = new Set('type title status detail instance code origin retry reasons'.split(' '))

/** A refusal for people: code and title, every reason with its next step, the exchange to quote when asking about it. */
export function problemText(told: Problem, terminal: Terminal): string {
  const problem = printableJson(told)
  const { say, bold, red, dim } = terminal
  const origin = ORIGINS[problem.origin]
  const retry = problem.retry
    ? say({ zh: '稍后可重试', en: 'may be tried again later' })
    : say({ zh: '原样重试无用', en: 'trying the same again is of no use' })
  const lines = [
    `${red('✗')} ${bold(`${problem.code} ${problem.title}`)} ${dim(`(HTTP ${problem.status})`)}`,
    ...(problem.detail === undefined ? [] : [`  ${problem.detail}`]),
    `  ${say({ zh: '问题出在', en: 'lies with' })}${say({ zh: '：', en: ': ' })}${origin ? say(origin) : problem.origin}${say({ zh: '；', en: '; ' })}${retry}`,
  ]
  let named = ''
  for (const reason of problem.reasons ?? []) {
    // Fields the sentence names, or the reason before it did, are not listed once more.
    const fields = (reason.fields ?? []).join(', ')
    const untold = fields !== named && !reason.fields?.every((field) => reason.message.includes(field))
    named = fields
    const about = [
      untold && fields,
      reason.grant && `${say({ zh: '授权', en: 'grant' })} ${reason.grant}`,
      reason.policy && `${say({ zh: '规则', en: 'policy' })} ${reason.policy}`,
      reason.pointer,
    ].filter(Boolean)
    lines.push(`  • ${reason.message} ${dim(`[${[reason.rule, ...about].join(' · ')}]`)}`)
    if (reason.next !== undefined)
      lines.push(`    ${say({ zh: '下一步', en: 'next' })}${say({ zh: '：', en: ': ' })}${reason.next}`)
  }
  for (const [name, value] of Object.entries(problem)) {
    if (!SHOWN.has(name)) lines.push(`  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  }
  if (problem.instance !== undefined) {
    const id = problem.instance.split('/').at(-1)
    lines.push(
      `  ${say({ zh: '交换编号（查询留痕时引用）', en: 'exchange id (quote it when asking)' })}${say({ zh: '：', en: ': ' })}${id}`,
    )
  }
  return lines.join('\n')
}
