import { dashed } from '../../population/dates.ts'
import { CLINIC, DOCTOR, PHARMACIST } from '../../population/form-cast.ts'
import type { Death, Population } from '../../population/types.ts'
import type { Licence } from './types.ts'

/** 计划生育服务手册: one per mother, about the child born last. */
export function* handbooks({ births, people }: Population): Iterable<Licence> {
  const ordered = births.toSorted((a, b) => (a.bornOn < b.bornOn ? -1 : 1))
  for (const holderNumber of new Set(ordered.map(({ motherId }) => motherId))) {
    const own = ordered.filter(({ motherId }) => motherId === holderNumber)
    const { certificate, bornOn, fatherId } = own.at(-1)!
    yield {
      typeCode: '023',
      number: `JS${certificate}`,
      holderNumber,
      issuer: '测试荣成市卫生健康局',
      issuedOn: bornOn,
      validUntil: null,
      face: {
        spouseName: fatherId === null ? null : (people.get(fatherId)?.name ?? null),
        childOrder: own.length,
      },
    }
  }
}

/** 医师执业证书和职业资格: the doctor's and the pharmacist's. */
export function* professionalLicences(): Iterable<Licence> {
  const qualified = (holderNumber: string, profession: string): Licence => ({
    typeCode: '018',
    number: `ZG${holderNumber.slice(6, 17)}`,
    holderNumber,
    issuer: '测试荣成市人力资源和社会保障局',
    issuedOn: '20120630',
    validUntil: null,
    face: { profession, qualificationLevel: '执业', obtainedOn: '2012-06-30' },
  })
  yield qualified(DOCTOR.id, '执业医师')
  yield qualified(PHARMACIST.id, '执业药师')
  yield {
    typeCode: '025',
    number: `YS${DOCTOR.id.slice(6, 17)}`,
    holderNumber: DOCTOR.id,
    issuer: '测试荣成市行政审批服务局',
    issuedOn: '20120801',
    validUntil: null,
    face: { practicePlace: CLINIC.name, practiceKind: '临床', practiceScope: '内科专业' },
  }
}

/** 死亡医学证明、火化证明, and 户籍注销证明 once the household register has been told. */
export function* deathLicences({ deaths }: Population): Iterable<Licence> {
  for (const death of deaths) yield* afterDeath(death)
}

function* afterDeath({ personId, diedOn, crematedOn, cancelledOn }: Death): Iterable<Licence> {
  const common = { holderNumber: personId, validUntil: null }
  const serial = personId.slice(6, 17)
  yield {
    ...common,
    typeCode: '024',
    number: `SW${serial}`,
    issuer: '测试荣成市人民医院',
    issuedOn: diedOn,
    face: { deceasedOn: dashed(diedOn), causeOfDeath: '疾病', placeOfDeath: '医疗机构' },
  }
  yield {
    ...common,
    typeCode: '015',
    number: `HH${serial}`,
    issuer: '测试荣成市殡仪馆',
    issuedOn: crematedOn,
    face: { deceasedOn: dashed(diedOn), crematedOn: dashed(crematedOn) },
  }
  if (cancelledOn === null) return
  yield {
    ...common,
    typeCode: '007',
    number: `HX${serial}`,
    issuer: '测试荣成市公安局',
    issuedOn: cancelledOn,
    face: { cancelledOn: dashed(cancelledOn), cancellationReason: '死亡' },
  }
}
