import { catalogIfAny } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { FILTER_OPTIONS, listGrants } from '../grants/filter.ts'
import { namesIn, STATUS_NAMES } from '../grants/names.ts'
import { withGrants } from '../grants/store.ts'
import { chinaTerm } from '../layout/china-time.ts'
import { table } from '../layout/table.ts'

export const grantList: Command = {
  name: 'grant list',
  zh: '列出授权',
  en: 'list grants',
  options: FILTER_OPTIONS,
  examples: ['guanyi grant list --scenario P2.1 --status active'],
  async run(input, { io, json }) {
    const grants = await withGrants(io, (store) => listGrants(store, input, input.text('status')))
    const names = namesIn(json ? undefined : await catalogIfAny(io))
    return {
      json: grants,
      text(terminal) {
        const { say } = terminal
        if (grants.length === 0) return say({ zh: '没有符合条件的授权', en: 'no such grants' })
        const heads = [
          { zh: '授权', en: 'grant' },
          { zh: '状态', en: 'status' },
          { zh: '场景', en: 'scenario' },
          { zh: '需求方', en: 'consumer' },
          { zh: '事项', en: 'items' },
          { zh: '信息项', en: 'fields' },
          { zh: '期限', en: 'term' },
        ].map(say)
        const rows = grants.map(({ id, status, scenario, consumer, items, fields, term }) => {
          const { from, until } = chinaTerm(term)
          // The upkeep job moves it to `expired` later; decisions already go by the term.
          const over = status === 'active' && Date.parse(term.until) <= io.now()
          const paint = over
            ? terminal.yellow
            : status === 'active'
              ? terminal.green
              : status === 'draft'
                ? terminal.yellow
                : terminal.dim
          return [
            id,
            paint(over ? say({ zh: '已过期限', en: 'term over' }) : say(STATUS_NAMES[status])),
            `${scenario} ${names.scenario(scenario)}`.trim(),
            names.consumer(consumer) || consumer.id,
            items === 'all' ? say({ zh: '全部', en: 'all' }) : String(items.length),
            String(fields.length),
            `${from} ~ ${until}`,
          ]
        })
        const total = say({ zh: `共 ${grants.length} 项`, en: `${grants.length} grant(s)` })
        return `${table(heads, rows, terminal)}\n${terminal.dim(total)}`
      },
    }
  },
}
