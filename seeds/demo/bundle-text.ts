import type { Catalog } from '../../gateway/catalog/types.ts'
import { GROUND, shownValue } from '../../gateway/cli/exchange/prefill-text.ts'
import { columns } from '../../gateway/cli/layout/table.ts'
import { widthOf } from '../../gateway/cli/layout/width.ts'
import type { PrefillAnswer } from '../../gateway/client/prefill.ts'
import type { FilledField, MaterialState } from '../../gateway/prefill/types.ts'

/** Most rows of the form that are printed: the rest is counted. */
const MOST_ROWS = 12
const LINE_WIDTH = 92

/** A bundle as the one form a clerk sees: each thing once, where it is from or who is to write it; then the materials. */
export function bundleText(answer: PrefillAnswer, catalog: Catalog): string[] {
  const { forms = [], merged = [] } = answer
  const fieldOf = (item: string, id: string): FilledField | undefined =>
    forms.find((form) => form.item === item)?.fields.find((field) => field.id === id)
  const things = merged.map(({ name, fields }) => {
    const own = fields.flatMap(({ item, field }) => fieldOf(item, field) ?? [])
    const shown = own.find(({ empty }) => empty === undefined) ?? own.find(({ empty }) => empty !== 'not-applicable')
    return { name, shown, items: new Set(fields.map(({ item }) => item)).size }
  })
  const listed = things.flatMap(({ name, shown, items }) => (shown === undefined ? [] : [{ name, shown, items }]))
  // What is still to be written must not be lost below the cut.
  const [filled, asked] = [listed.filter(({ shown }) => !shown.empty), listed.filter(({ shown }) => shown.empty)]
  const rows = [...filled.slice(0, MOST_ROWS - Math.min(asked.length, 4)), ...asked.slice(0, 4)]
  const all = forms.flatMap(({ fields }) => fields).filter(({ empty }) => empty !== 'not-applicable')
  const done = all.filter(({ empty }) => empty === undefined).length
  return [
    ...columns([
      ['信息项', '值', '来源', '用于'],
      ...rows.map(({ name, shown, items }) => [
        name,
        shownValue(readable(shown, catalog), ([zh]) => zh!),
        sourceOf(shown, catalog),
        `${items} 张表`,
      ]),
    ]),
    `${forms.length} 张表共 ${all.length} 格：同一数据只问一次的有 ${merged.length} 项，已填 ${done} 格，由申请人填写 ${all.length - done} 格`,
    ...materialLines(materialsOf(answer)),
  ]
}

/** Codes by their names and dates as people write them; masked values stay as they were answered. */
function readable(field: FilledField, { datasets, codeLists }: Catalog): FilledField {
  const { value, source } = field
  const entry = datasets.get(source?.dataset ?? '')?.fields.find(({ id }) => id === source?.field)
  if (typeof value !== 'string' || entry === undefined || field.masked) return field
  if (entry.codeList !== undefined) return { ...field, value: codeLists.get(entry.codeList)?.codes[value] ?? value }
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(value) ?? []
  return year === undefined || entry.type !== 'date'
    ? field
    : { ...field, value: `${year}年${Number(month)}月${Number(day)}日` }
}

function sourceOf({ source, empty }: FilledField, { members }: Catalog): string {
  if (empty !== undefined) return '—'
  if (source?.kind !== 'data') return '本次申请'
  return members.get(source.provider ?? '')?.name ?? source.provider ?? ''
}

/** Every material once; one that any form still wants handed in is to be handed in. */
export function materialsOf({ forms = [] }: PrefillAnswer): Map<string, MaterialState> {
  const known = new Map<string, MaterialState>()
  for (const material of forms.flatMap(({ materials }) => materials)) {
    if (material.state === 'not-applicable') continue
    if (known.get(material.name)?.state !== 'please-submit') known.set(material.name, material)
  }
  return known
}

function materialLines(materials: ReadonlyMap<string, MaterialState>): string[] {
  const of = (wanted: (material: MaterialState) => boolean): string[] =>
    [...materials.values()].filter(wanted).map(({ name }) => name)
  const grounds = Object.entries(GROUND).map(([ground, [zh]]): [string, string[]] => [
    `无需提交（${zh}）：`,
    of((material) => material.ground === ground),
  ])
  return [
    ...grounds,
    ['可承诺、网上开具或协查：', of(({ state, instead }) => state !== 'not-needed' && instead !== undefined)] as const,
    ['请提交：', of(({ state, instead }) => state !== 'not-needed' && instead === undefined)] as const,
  ].flatMap(([head, names]) => (names.length === 0 ? [] : wrapped(head, names)))
}

/** Names after a heading, on as many lines as they need. */
function wrapped(head: string, names: readonly string[]): string[] {
  const lines = [head]
  for (const [place, name] of names.entries()) {
    const text = `${name}${place === names.length - 1 ? '' : '、'}`
    if (widthOf(lines.at(-1)!) + widthOf(text) > LINE_WIDTH) lines.push('  ')
    lines[lines.length - 1] += text
  }
  return lines
}
