import { type CatalogFault, pointerOf } from '../fault.ts'
import type { Placed } from './context.ts'

/**
 * Every data item has at most one active source body (R12; 条例 art. 19).
 *
 * Two providers offer the same item when their fields carry the same data element, or their datasets the same name;
 * a field that says whose copy it is (`copyOf`) is no second source.
 */
export function* sourceBodyFaults(datasets: readonly Placed<'datasets'>[]): Iterable<CatalogFault> {
  const providerOf = new Map<string, string>()
  const claim = (item: string, provider: string): string | undefined => {
    const first = providerOf.get(item) ?? provider
    providerOf.set(item, first)
    return first === provider ? undefined : first
  }

  for (const { file, path, entry, sound } of datasets) {
    if (!sound) continue
    const second = (at: (string | number)[], what: string, first: string): CatalogFault => ({
      file,
      pointer: pointerOf([...path, ...at]),
      rule: 'source-body',
      zh: `${what} 已有数源部门 ${first}；重复提供的须声明为副本`,
      en: `${what} has the source body \`${first}\`; a second provider must declare a copy`,
    })
    const sameName = claim(`name ${entry.name}`, entry.provider)
    if (sameName !== undefined) yield second(['name'], entry.name, sameName)
    for (const [i, field] of entry.fields.entries()) {
      if (field.element === undefined || field.copyOf !== undefined) continue
      const first = claim(`element ${field.element}`, entry.provider)
      if (first !== undefined) yield second(['fields', i, 'element'], field.element, first)
    }
  }
}
