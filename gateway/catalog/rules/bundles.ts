import { type EntryFault, fault } from '../fault.ts'
import type { BundleEntry, FormEntry } from '../further-types.ts'
import { mustExist, type Rule, type RuleContext, repeated } from './context.ts'

/** A bundle's items exist, and what comes first is in the bundle and earlier in its list: the order has no circle. */
export const bundleRule: Rule<'bundles'> = function* (bundle, context) {
  yield* mustExist(context, 'scenarios', bundle.scenario, ['scenario'])
  const ids = bundle.items.map(({ item }) => item)
  yield* repeated(ids, (i) => ['items', i, 'item'])
  for (const [i, { item, after }] of bundle.items.entries()) {
    yield* mustExist(context, 'items', item, ['items', i, 'item'])
    for (const [j, earlier] of after.entries()) {
      if (!ids.slice(0, i).includes(earlier)) {
        yield fault(
          ['items', i, 'after', j],
          'order',
          `${earlier} 须列在前面`,
          `\`${earlier}\` must stand earlier in the bundle`,
        )
      }
    }
  }
  yield* flows(bundle, ids, context)
  yield* roles(bundle, ids, context)
  yield* merging(bundle, ids, context)
}

/** What flows goes forward, and into a material that the later item's form asks for. */
function* flows(bundle: BundleEntry, ids: string[], context: RuleContext): Iterable<EntryFault> {
  for (const [i, { from, to, material }] of bundle.flows.entries()) {
    if (!ids.includes(from)) yield* outside(from, ['flows', i, 'from'])
    if (!ids.includes(to)) yield* outside(to, ['flows', i, 'to'])
    if (ids.includes(from) && ids.includes(to) && ids.indexOf(from) >= ids.indexOf(to)) {
      yield fault(['flows', i, 'to'], 'order', `${to} 须在 ${from} 之后`, `\`${to}\` must come after \`${from}\``)
    }
    const form = context.formOf(to)
    if (form !== undefined && !form.materials.some(({ name }) => name === material)) {
      yield fault(
        ['flows', i, 'material'],
        'material',
        `${to} 的表单没有材料“${material}”`,
        `the form of \`${to}\` has no material of that name`,
      )
    }
  }
}

function* roles(bundle: BundleEntry, ids: string[], context: RuleContext): Iterable<EntryFault> {
  const all = bundle.roles ?? []
  yield* repeated(
    all.map(({ id }) => id),
    (i) => ['roles', i, 'id'],
  )
  for (const [i, { plays }] of all.entries()) {
    for (const [j, { item, role }] of plays.entries()) {
      const path = ['roles', i, 'plays', j]
      if (!ids.includes(item)) yield* outside(item, [...path, 'item'])
      const form = context.formOf(item)
      if (form !== undefined && !(form.roles ?? []).some(({ id }) => id === role)) {
        yield fault(
          [...path, 'role'],
          'role',
          `${item} 的表单没有角色 ${role}`,
          `the form of \`${item}\` has no role \`${role}\``,
        )
      }
    }
  }
}

/** An element is merged where at least two of the bundle's forms ask for it of the same bearer. */
function* merging(bundle: BundleEntry, ids: string[], context: RuleContext): Iterable<EntryFault> {
  for (const [i, { element, role, items }] of bundle.merge.entries()) {
    for (const [j, item] of (items ?? []).entries()) {
      if (!ids.includes(item)) {
        yield* outside(item, ['merge', i, 'items', j])
        continue
      }
      const form = context.formOf(item)
      if (form !== undefined && !asks(form, element, roleIn(bundle, item, role))) {
        yield fault(
          ['merge', i, 'items', j],
          'merge',
          `${item} 的表单没有向该角色问数据元 ${element}`,
          `the form of \`${item}\` does not ask for \`${element}\` of that role`,
        )
      }
    }
  }
}

/** What the bundle's role is called in an item's form. */
function roleIn({ roles }: BundleEntry, item: string, role: string | undefined): string | undefined {
  const named = roles?.find(({ id }) => id === role)
  return named === undefined ? role : named.plays.find((play) => play.item === item)?.role
}

const asks = (form: FormEntry, element: string, role: string | undefined): boolean =>
  form.fields.some((field) => field.element === element && (role === undefined || field.role === role))

function* outside(item: string, path: EntryFault['path']): Iterable<EntryFault> {
  yield fault(path, 'order', `${item} 不在本一件事中`, `\`${item}\` is not in the bundle`)
}
