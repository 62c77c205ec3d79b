import type { Population } from '../population/types.ts'
import { TOLD_BIRTHS } from './cast.ts'
import type { SeedEvent } from './types.ts'
import { handled, moment, organisation, person, single } from './write.ts'

/** Owners are people or organisations; a resident number has digits where a unified code has a letter. */
const owner = (role: string, id: string) => (/^\d{17}[\dX]$/.test(id) ? person(role, id) : organisation(role, id))
const isPerson = (id: string): boolean => /^\d{17}[\dX]$/.test(id)

/** What lies behind the registers' own rows: each was once a case somebody handled. In the registers' order. */
export function registerEvents(city: Population): SeedEvent[] {
  return [...births(city), ...civil(city), ...property(city), ...welfare(city), ...organisations(city)]
}

const births = ({ births, students }: Population): SeedEvent[] => [
  ...births.flatMap(({ certificate, childId, motherId, issuedOn }, n) =>
    TOLD_BIRTHS.has(childId)
      ? []
      : handled({
          system: 'rc-health',
          item: 'rongcheng-p-001',
          key: `wjj-birth-${n}`,
          day: issuedOn,
          days: 1,
          subjects: [person('holder', childId), person('mother', motherId)],
          certificate: { type: 'weihai-c-020', number: certificate },
        }),
  ),
  ...students
    .filter(({ stage }) => stage === 'primary')
    .flatMap(({ personId, guardianId, enrolledOn }, n) =>
      handled({
        system: 'rc-enrolment',
        item: 'rongcheng-p-008',
        key: `jyj-enrol-${n}`,
        day: enrolledOn,
        days: 5,
        subjects: [person('applicant', personId), person('guardian', guardianId)],
      }),
    ),
]

const civil = ({ marriages }: Population): SeedEvent[] =>
  marriages.flatMap(({ certificate, husbandId, wifeId, registeredOn, kind }, n) =>
    handled({
      system: 'rc-civil',
      item: kind === 'marriage' ? 'rongcheng-p-082' : 'rongcheng-p-084',
      key: `mzj-marriage-${n}`,
      day: registeredOn,
      days: 0,
      subjects: [person('holder', husbandId), person('holder', wifeId)],
      certificate: { type: kind === 'marriage' ? 'weihai-c-013' : 'weihai-c-014', number: certificate },
    }),
  )

const property = ({ realEstate, vehicles }: Population): SeedEvent[] => [
  ...realEstate.flatMap(({ certificate, ownerIds, registeredOn }, n) =>
    handled({
      system: 'rc-land',
      item: ownerIds.every(isPerson) ? 'rongcheng-p-057-2' : 'rongcheng-e-053-2',
      key: `zrzy-estate-${n}`,
      day: registeredOn,
      days: 4,
      subjects: ownerIds.map((id) => owner('holder', id)),
      certificate: { type: 'weihai-c-030', number: certificate },
    }),
  ),
  ...vehicles.flatMap(({ plate, ownerId, registeredOn, state }, n) => [
    ...handled({
      system: 'rc-police',
      item: isPerson(ownerId) ? 'rongcheng-p-072-1' : 'rongcheng-e-054-1',
      key: `gaj-vehicle-${n}`,
      day: registeredOn,
      days: 0,
      subjects: [owner('holder', ownerId)],
      certificate: { type: 'weihai-c-003', number: plate },
    }),
    ...(state === 'E'
      ? [
          single('rc-police', {
            eventId: `gaj-vehicle-${n}-end`,
            kind: 'certificate-revoked',
            item: 'rongcheng-p-072-5',
            outcome: 'cancelled',
            occurredAt: moment('20260105', n),
            certificate: { type: 'weihai-c-003', number: plate },
            subjects: [owner('holder', ownerId)],
          }),
        ]
      : []),
  ]),
]

const welfare = ({ disabilities, allowances, veterans }: Population): SeedEvent[] => [
  ...disabilities.flatMap(({ certificate, personId, issuedOn, validUntil }, n) =>
    handled({
      system: 'rc-disabled',
      item: 'rongcheng-p-092',
      key: `cl-disability-${n}`,
      day: issuedOn,
      days: 15,
      subjects: [person('holder', personId)],
      certificate: { type: 'weihai-c-031', number: certificate, validUntil },
    }),
  ),
  ...allowances.map(({ headId, memberIds, approvedOn }, n) =>
    single('rc-civil', {
      eventId: `mzj-allowance-${n}`,
      kind: 'benefit-granted',
      item: 'rongcheng-p-096',
      occurredAt: moment(approvedOn, n),
      subjects: [
        person('applicant', headId),
        ...memberIds
          .filter((id) => id !== headId)
          .slice(0, 10)
          .map((id) => person('member', id)),
      ],
    }),
  ),
  ...veterans.flatMap(({ personId, dischargedOn }, n) =>
    handled({
      system: 'rc-veterans',
      item: 'rongcheng-p-026',
      key: `tyjr-report-${n}`,
      day: dischargedOn,
      days: 2,
      subjects: [person('applicant', personId)],
    }),
  ),
]

const organisations = ({ organisations, projects }: Population): SeedEvent[] => [
  ...[...organisations.values()].flatMap((entry, n) => {
    if (entry.kind === 'school' || entry.kind === 'hospital') return []
    const holder = [organisation('holder', entry.uscc), person('legalRepresentative', entry.legalRepresentativeId)]
    const licence = { type: 'weihai-c-033', number: entry.uscc }
    return [
      ...handled({
        system: 'rc-market',
        item: 'rongcheng-e-001-1',
        key: `scjg-opening-${n}`,
        day: entry.establishedOn,
        days: 2,
        subjects: holder,
        certificate: { ...licence, ...(entry.termUntil !== null && { validUntil: entry.termUntil }) },
      }),
      ...(entry.cancelledOn === null
        ? []
        : [
            single('rc-market', {
              eventId: `scjg-opening-${n}-end`,
              kind: 'certificate-revoked',
              item: 'rongcheng-e-102-1',
              outcome: 'cancelled',
              occurredAt: moment(entry.cancelledOn, n),
              certificate: licence,
              subjects: holder.slice(0, 1),
            }),
          ]),
    ]
  }),
  ...projects.flatMap(({ ownerUscc, filedOn }, n) =>
    handled({
      system: 'rc-approval',
      item: 'rongcheng-e-064',
      key: `spj-project-${n}`,
      day: filedOn,
      days: 3,
      subjects: [organisation('applicant', ownerUscc)],
    }),
  ),
]
