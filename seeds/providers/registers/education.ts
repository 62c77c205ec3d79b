import type { Population } from '../../population/types.ts'
import { byMember, indexRows } from '../find.ts'
import type { Registers } from '../types.ts'

/** 教育: the pupil register. */
export function educationRegisters(city: Population): Registers {
  const pupils = indexRows(city.students, ({ personId }) => [personId])
  return {
    query: byMember('sfzjh', pupils, (pupil) => {
      const person = city.people.get(pupil.personId)!
      const guardian = city.people.get(pupil.guardianId)!
      const school = city.organisations.get(pupil.schoolUscc)!
      return {
        xjh: pupil.number,
        xm: person.name,
        sfzjh: person.idNumber,
        xxmc: school.name,
        xxdm: school.uscc,
        xd: pupil.stage,
        nj: String(pupil.grade),
        bj: pupil.className,
        rxny: pupil.enrolledOn,
        xszt: '1',
        jhrxm: guardian.name,
        jhrzjh: guardian.idNumber,
        sfjd: pupil.boarding,
      }
    }),
  }
}
