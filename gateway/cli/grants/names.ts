import type { Grant } from '../../../policies/engine/types.ts'
import { resolveField } from '../../catalog/field-ref.ts'
import type { Catalog } from '../../catalog/types.ts'

export const STATUSES = ['draft', 'active', 'suspended', 'revoked', 'expired'] as const satisfies Grant['status'][]

export const STATUS_NAMES: Record<Grant['status'], { zh: string; en: string }> = {
  draft: { zh: '草稿', en: 'draft' },
  active: { zh: '生效', en: 'active' },
  suspended: { zh: '暂停', en: 'suspended' },
  revoked: { zh: '已撤销', en: 'revoked' },
  expired: { zh: '已到期', en: 'expired' },
}

/** Names of what a grant refers to; the id itself where the catalogue does not know it. */
export function namesIn(catalog: Catalog | undefined) {
  return {
    scenario: (id: string): string => catalog?.scenarios.get(id)?.name ?? '',
    item: (id: string): string => catalog?.items.get(id)?.name ?? '',
    consumer({ kind, id }: Grant['consumer']): string {
      if (kind === 'member') return catalog?.members.get(id)?.name ?? ''
      const found = catalog?.systems.get(id)
      return found === undefined ? '' : `${found.member.name} ${found.system.name}`
    },
    dataset(field: string): string {
      const found = catalog === undefined ? undefined : resolveField(catalog, field)
      return found?.ok ? found.field.dataset.name : ''
    },
    field(field: string): string {
      const found = catalog === undefined ? undefined : resolveField(catalog, field)
      if (!found?.ok) return ''
      const { dataset, field: id } = found.field
      return [...dataset.fields, ...dataset.derived].find((each) => each.id === id)?.name ?? ''
    },
  }
}
