import type { Catalog, MemberEntry, SystemEntry } from '../catalog/types.ts'
import type { Batch } from './types.ts'

/**
 * Whose batch it is. A system or department that has left the catalogue since counts as suspended: nothing is asked for
 * it any more, and what is left of its batch is still recorded and destroyed under the names it was taken in under.
 */
export function ownerOf(
  catalog: Catalog,
  { system, member }: Pick<Batch, 'system' | 'member'>,
): { system: SystemEntry; member: MemberEntry } {
  const contact = { name: '', phone: '' }
  return (
    catalog.systems.get(system) ?? {
      system: { id: system, name: system, status: 'suspended', networks: [], agentFor: [], webhooks: [], contact },
      member: catalog.members.get(member) ?? {
        id: member,
        name: member,
        aliases: [],
        uscc: '',
        level: 'county',
        division: '',
        jurisdiction: [],
        roles: [],
        systems: [],
        contact,
      },
    }
  )
}
