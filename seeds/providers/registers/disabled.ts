import { dashed } from '../../population/dates.ts'
import type { Population } from '../../population/types.ts'
import { byMember, indexRows } from '../find.ts'
import type { Registers } from '../types.ts'

/** 残联: disability certificates. */
export function disabledRegisters(city: Population): Registers {
  const certificates = indexRows(city.disabilities, ({ personId }) => [personId])
  return {
    '/cjr/certificate': byMember('cardNo', certificates, (certificate) => ({
      certNo: certificate.certificate,
      holder: { name: city.people.get(certificate.personId)!.name, cardNo: certificate.personId },
      kind: certificate.kind,
      level: certificate.grade,
      issued: dashed(certificate.issuedOn),
      expires: dashed(certificate.validUntil),
      office: '测试荣成市残疾人联合会',
      guardian: certificate.guardianId ? city.people.get(certificate.guardianId)!.name : null,
      status: '01',
    })),
  }
}
