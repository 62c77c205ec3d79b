import type { Population } from '../../population/types.ts'
import { byMember, indexRows } from '../find.ts'
import type { Registers } from '../types.ts'

/** 退役军人事务: the veterans' register (业务类型 TY01). */
export function veteranRegisters(city: Population): Registers {
  const veterans = indexRows(city.veterans, ({ personId }) => [personId])
  return {
    TY01: byMember('GMSFHM', veterans, (veteran) => ({
      GMSFHM: veteran.personId,
      XM: city.people.get(veteran.personId)!.name,
      YDZH: veteran.certificate,
      RWRQ: veteran.enlistedOn,
      TYRQ: veteran.dischargedOn,
      AZFS: veteran.placement,
      SCDJ: veteran.disabilityGrade,
      JDDW: '测试荣成市退役军人服务中心',
      ZT: '01',
    })),
  }
}
