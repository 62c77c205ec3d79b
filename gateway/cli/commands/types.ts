import { typesOf } from '../../catalog/typescript/index.ts'
import { requireCatalog } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT } from '../exit.ts'
import { writeResult } from '../files.ts'
import { suggest } from '../suggest.ts'

export const types: Command = {
  name: 'types',
  zh: '按目录生成 TypeScript 类型：信息项、代码、一条或多条、表单字段与材料',
  en: 'write TypeScript types from the catalogue: fields, codes, one or many, forms and materials',
  notes: [
    {
      zh: '供 createTypedClient 使用；不给 --scenario 则写出全部场景，不给 --out 则显示。类型只作说明，能否取得由授权决定。',
      en: 'For `createTypedClient`; all scenarios without --scenario, printed without --out. Grants decide what is released.',
    },
  ],
  examples: ['guanyi types --scenario P2.1 --out enrolment.ts', 'guanyi types --out guanyi-types.ts'],
  positionals: [],
  options: {
    scenario: { value: '编码 id', zh: '只写这个场景', en: 'only this scenario' },
    out: { value: '文件 file', zh: '写入此文件', en: 'file to write' },
  },
  async run(input, { io }) {
    const catalog = await requireCatalog(io)
    const id = input.text('scenario')
    const scenario = id === undefined ? undefined : catalog.scenarios.get(id)
    if (id !== undefined && scenario === undefined) {
      const near = suggest(id, [...catalog.scenarios.keys()])
      throw new CliError(EXIT.refused, { zh: `目录中没有场景 ${id}`, en: `the catalogue has no scenario ${id}` }, near)
    }
    const scenarios = scenario === undefined ? [...catalog.scenarios.values()] : [scenario]
    const text = typesOf(catalog, scenarios)
    const out = input.text('out')
    if (out === undefined) return { json: { catalog: catalog.version, types: text }, text: () => text.trimEnd() }
    await writeResult(out, text)
    return {
      json: { catalog: catalog.version, out, scenarios: scenarios.map((each) => each.id) },
      text: (terminal) =>
        terminal.say({
          zh: `已写入 ${out}，${scenarios.length} 个场景`,
          en: `written to ${out}, ${scenarios.length} scenario(s)`,
        }),
    }
  },
}
