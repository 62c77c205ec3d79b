import type { Catalog } from '../../catalog/types.ts'
import { type CatalogKind, KIND_NAMES, kindNamed } from '../catalog-kinds.ts'
import { requireCatalog } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, usageError } from '../exit.ts'
import { columns } from '../layout/table.ts'
import { suggest } from '../suggest.ts'

export const catalogShow: Command = {
  name: 'catalog show',
  zh: '查看目录的一类或一项',
  en: 'show a kind or an entry',
  positionals: ['<类别 kind>', '[编码 id]'],
  notes: [{ zh: `类别：${Object.keys(KIND_NAMES).join('、')}`, en: `kinds: ${Object.keys(KIND_NAMES).join(', ')}` }],
  examples: ['guanyi catalog show datasets', 'guanyi catalog show items rongcheng-p-008'],
  async run({ positionals: [word, id] }, { io }) {
    const kind = kindNamed(word!)
    if (kind === undefined) {
      throw usageError(`没有类别 ${word}`, `no such kind ${word}`, [Object.keys(KIND_NAMES).join('  ')])
    }
    const entries = entriesOf(await requireCatalog(io), kind)
    if (id === undefined) {
      const rows = [...entries].map(([key, entry]) => [key, 'name' in entry ? String(entry.name) : ''])
      return { json: rows.map(([key, name]) => ({ id: key, name })), text: () => columns(rows).join('\n') }
    }
    const entry = entries.get(id)
    if (entry === undefined) {
      const near = suggest(id, [...entries.keys()])
      throw new CliError(
        EXIT.refused,
        { zh: `${KIND_NAMES[kind].zh}中没有 ${id}`, en: `no ${id} among ${KIND_NAMES[kind].en}` },
        near,
      )
    }
    return { json: entry, text: () => JSON.stringify(entry, null, 2) }
  },
}

/** Systems stand inside their members; shown with the member's id and name. */
function entriesOf(catalog: Catalog, kind: CatalogKind): ReadonlyMap<string, object> {
  if (kind !== 'systems') return catalog[kind]
  return new Map(
    [...catalog.systems].map(([id, { member, system }]) => [
      id,
      { ...system, member: { id: member.id, name: member.name } },
    ]),
  )
}
