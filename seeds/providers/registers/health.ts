import { dashed } from '../../population/dates.ts'
import type { Population } from '../../population/types.ts'
import { byMember, indexRows } from '../find.ts'
import type { Registers } from '../types.ts'

/** 卫生健康: medical certificates of birth, by the child's number or the certificate's. */
export function healthRegisters(city: Population): Registers {
  const births = indexRows(city.births, ({ childId, certificate }) => [childId, certificate])
  const parent = (id: string | null) => (id === null ? null : { name: city.people.get(id)!.name, cardNo: id })
  return {
    '/birth/certificate': byMember('cardNo', births, (birth) => {
      const child = city.people.get(birth.childId)!
      return {
        certNo: birth.certificate,
        child: { name: child.name, sex: child.sex === 'male' ? 'M' : 'F', born: dashed(birth.bornOn) },
        weeks: birth.weeks,
        weight: birth.weight,
        mother: parent(birth.motherId),
        father: parent(birth.fatherId),
        hospital: city.organisations.get(birth.hospitalUscc)!.name,
        issued: dashed(birth.issuedOn),
      }
    }),
  }
}
