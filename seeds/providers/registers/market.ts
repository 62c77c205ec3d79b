import { dashed } from '../../population/dates.ts'
import type { Organisation, Population } from '../../population/types.ts'
import { byMember } from '../find.ts'
import type { Registers } from '../types.ts'

/** Codes of `organisation-types`, as far as the sample city has them. */
const TYPES: Partial<Record<Organisation['kind'], string>> = {
  company: '1100',
  'sole-trader': '9500',
  cooperative: '9600',
}

/** 市场监管: business licences. Schools and hospitals are registered elsewhere. */
export function marketRegisters(city: Population): Registers {
  const find = (uscc: string) => {
    const organisation = city.organisations.get(uscc)
    return organisation && TYPES[organisation.kind] ? [organisation] : []
  }
  return {
    '/market/licence': byMember('uniscid', find, (organisation) => ({
      uniscid: organisation.uscc,
      entname: organisation.name,
      enttype: TYPES[organisation.kind],
      lerep: city.people.get(organisation.legalRepresentativeId)!.name,
      lerepcerno: organisation.legalRepresentativeId,
      regcap: organisation.registeredCapital,
      estdate: dashed(organisation.establishedOn),
      opfrom: dashed(organisation.establishedOn),
      opto: organisation.termUntil && dashed(organisation.termUntil),
      dom: organisation.address,
      opscope: organisation.scope,
      regstate: organisation.status,
      regorg: '测试荣成市市场监督管理局',
      apprdate: dashed(organisation.cancelledOn ?? organisation.establishedOn),
    })),
  }
}
