import { dashed } from '../../population/dates.ts'
import type { Population, Vehicle } from '../../population/types.ts'
import { byMember, indexRows, refused, rows, text } from '../find.ts'
import type { ForeignRow, Registers } from '../types.ts'

/** 公安: the household register (业务类型 RK01) and the vehicle register (JDC01). */
export function policeRegisters(city: Population): Registers {
  const household = (id: string): ForeignRow[] => {
    const person = city.people.get(id)
    const home = person && city.households.get(person.householdNumber)
    if (!person || !home) return []
    return [
      {
        GMSFHM: person.idNumber,
        XM: person.name,
        XB: person.sex === 'male' ? '男' : '女',
        MZ: person.ethnicGroup,
        CSRQ: person.birthDate,
        HKDZ: home.address,
        HZXM: city.people.get(home.headId)!.name,
        YHZGX: person.relation,
        HH: home.number,
        HLX: '1',
        SSXQ: home.division,
        QRRQ: person.migratedOn,
      },
    ]
  }
  const vehicles = indexRows(city.vehicles, ({ ownerId, plate, vin }) => [ownerId, plate, vin])
  const ownerName = (id: string) => city.people.get(id)?.name ?? city.organisations.get(id)!.name
  const vehicle = (item: Vehicle): ForeignRow => ({
    HPHM: item.plate,
    HPZL: item.type === 'K33' ? (item.model.includes('BEV') ? '52' : '02') : '01',
    CLSBDH: item.vin,
    CLXH: item.model,
    CLLX: item.type,
    SYXZ: item.use,
    CCDJRQ: `${dashed(item.registeredOn)} 09:30:00`,
    JYYXQZ: `${dashed(item.inspectedUntil)} 00:00:00`,
    QZBXZ: `${dashed(item.insuredUntil)} 00:00:00`,
    ZT: item.state,
    JDCSYR: ownerName(item.ownerId),
    SFZMHM: item.ownerId,
    DYBJ: item.mortgaged ? '1' : '0',
  })
  return {
    RK01: (query) => {
      const id = text(query.GMSFHM)
      const name = text(query.XM)
      if (id === '') return refused
      // Where a name is given it must be the bearer's, or the number counts as unknown.
      return rows(...household(id).filter((row) => name === '' || row.XM === name))
    },
    JDC01: byMember('ZJHM', vehicles, vehicle),
  }
}
