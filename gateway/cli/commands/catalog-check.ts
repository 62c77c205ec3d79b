import { connectorSchemas } from '../../../connectors/index.ts'
import { CatalogError } from '../../catalog/fault.ts'
import { loadCatalog } from '../../catalog/load.ts'
import { countsOf, KIND_NAMES } from '../catalog-kinds.ts'
import type { Command } from '../command.ts'
import { EXIT, usageError } from '../exit.ts'
import { printable } from '../layout/printable.ts'
import { catalogDir } from '../settings.ts'

export const catalogCheck: Command = {
  name: 'catalog check',
  zh: '检查目录：逐条列出错误所在文件与位置',
  en: 'list every fault of the catalogue',
  positionals: ['[目录 dir]'],
  notes: [
    {
      zh: '默认目录为 GUANYI_CATALOG_DIR，或 catalogs。有错误时退出码为 1。',
      en: 'Default GUANYI_CATALOG_DIR, or catalogs. Exit code 1 when there is a fault.',
    },
  ],
  async run({ positionals: [given] }, { io }) {
    const dir = given ?? catalogDir(io.env)
    // loading is checking, done once
    const catalog = await loadCatalog(dir, { connectorSchemas }).catch(
      (thrown: NodeJS.ErrnoException | CatalogError) => {
        if (thrown instanceof CatalogError) return thrown
        if (thrown.code === undefined) throw thrown
        throw usageError(`读不到目录 ${dir}（${thrown.code}）`, `cannot read the catalogue ${dir} (${thrown.code})`)
      },
    )
    if (catalog instanceof CatalogError) {
      const { faults } = catalog
      const files = new Set(faults.map(({ file }) => file)).size
      return {
        exit: EXIT.refused,
        json: { ok: false, faults },
        text: ({ say, red, dim, bold }) =>
          [
            ...faults.map(
              ({ file, pointer, rule, zh, en }) =>
                printable(`${file}#${pointer}`) +
                `\n  ${red('✗')} ${printable(zh)} ${dim(`/ ${printable(en)} [${rule}]`)}`,
            ),
            red(
              bold(
                say({
                  zh: `目录有 ${faults.length} 处错误，涉及 ${files} 个文件`,
                  en: `${faults.length} fault(s) in ${files} file(s)`,
                }),
              ),
            ),
          ].join('\n'),
      }
    }
    const counts = countsOf(catalog)
    return {
      json: { ok: true, faults: [], counts, version: catalog.version },
      text: ({ say, green, lang }) => {
        const parts = Object.entries(counts).map(
          ([kind, count]) => `${say(KIND_NAMES[kind as keyof typeof counts])} ${count}`,
        )
        return `${green(say({ zh: '✓ 目录没有错误', en: '✓ no faults' }))}\n  ${parts.join(lang === 'zh' ? '、' : ', ')}\n  ${say({ zh: '版本', en: 'version' })} ${catalog.version}`
      },
    }
  },
}
