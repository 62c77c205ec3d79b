import { catalogIfAny } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { writeResult } from '../files.ts'
import { authorisationTable, tableCells } from '../grants/authorisation-table.ts'
import { toCsv } from '../grants/csv.ts'
import { FILTER_OPTIONS, listGrants } from '../grants/filter.ts'
import { STATUSES } from '../grants/names.ts'
import { withGrants } from '../grants/store.ts'

const CHOICES = [...STATUSES, 'all']

export const grantExport: Command = {
  name: 'grant export',
  zh: '导出授权表：场景×系统×事项×数据项×期限',
  en: 'export the authorisation table',
  options: {
    ...FILTER_OPTIONS,
    status: { value: CHOICES.join('|'), choices: CHOICES, zh: '状态，默认 active', en: 'default active' },
    csv: { zh: 'CSV 格式（UTF-8，带 BOM），即默认格式', en: 'CSV (UTF-8 with BOM), which is the default' },
    out: { value: '文件 file', zh: '写入文件，默认写到标准输出', en: 'write to a file instead of stdout' },
  },
  notes: [
    {
      zh: '以 = + - @ 开头的单元格前加了单引号，以免电子表格当作公式执行。',
      en: 'Cells beginning with = + - @ carry an apostrophe, so that no spreadsheet runs them as formulas.',
    },
  ],
  examples: ['guanyi grant export --csv --out 授权表.csv'],
  async run(input, { io }) {
    const status = input.text('status') ?? 'active'
    const grants = await withGrants(io, (store) => listGrants(store, input, status === 'all' ? undefined : status))
    const rows = authorisationTable(grants, await catalogIfAny(io))
    const out = input.text('out')
    if (out === undefined) return { json: rows, text: () => toCsv(tableCells(rows)) }
    await writeResult(out, toCsv(tableCells(rows)))
    return {
      json: { file: out, rows: rows.length },
      text: ({ say, green }) =>
        green(say({ zh: `✓ ${rows.length} 行已写入 ${out}`, en: `✓ ${rows.length} rows written to ${out}` })),
    }
  },
}
