import { addMonths, dateOf, yearOf } from './dates.ts'
import type { Draft } from './draft.ts'
import { ageInYear, isCast } from './draft.ts'
import { companyName, officeAddress } from './names.ts'
import { projectCode, unifiedCode } from './numbers.ts'
import type { Random } from './random.ts'
import type { Organisation, OrganisationKind } from './types.ts'

const SCHOOLS = ['第一实验小学', '第二实验小学', '海滨小学', '第三中学', '石岛中学', '第一中学', '中等职业学校']
const HOSPITALS = ['人民医院', '中医院', '石岛人民医院']
/** First serials of the private range used by each kind; PDY10001–10009 are the cast's companies. */
const SERIAL = { business: 10_010, school: 20_001, hospital: 20_011 } as const

const FORMS: { kind: OrganisationKind; code: string; form: string; share: number }[] = [
  { kind: 'company', code: '91', form: '有限公司', share: 0.7 },
  { kind: 'sole-trader', code: '92', form: '经营部', share: 0.92 },
  { kind: 'cooperative', code: '93', form: '专业合作社', share: 1 },
]

export const isBusiness = (organisation: Organisation): boolean =>
  organisation.kind !== 'school' && organisation.kind !== 'hospital'

function institution(
  draft: Draft,
  random: Random,
  kind: 'school' | 'hospital',
  name: string,
  serial: number,
  heads: readonly string[],
): void {
  const uscc = unifiedCode('12', serial)
  draft.organisations.set(uscc, {
    uscc,
    name: `测试荣成市${name}`,
    kind,
    legalRepresentativeId: random.pick(heads),
    address: officeAddress(random),
    scope: kind === 'school' ? '基础教育' : '医疗与护理',
    establishedOn: dateOf(random.int(1985, 2010), random.int(1, 12), random.int(1, 28)),
    termUntil: null,
    registeredCapital: random.int(500, 9000) * 1_000_000,
    status: '1',
    cancelledOn: null,
  })
}

/** Schools, hospitals, then businesses up to `count` organisations in all; heads come from the grown-up population. */
export function addOrganisations(draft: Draft, random: Random, count: number): void {
  const heads = [...draft.people.values()]
    .filter((person) => !isCast(person.idNumber) && ageInYear(draft, person) >= 28 && ageInYear(draft, person) <= 58)
    .map((person) => person.idNumber)
  for (const [i, name] of SCHOOLS.entries()) institution(draft, random, 'school', name, SERIAL.school + i, heads)
  for (const [i, name] of HOSPITALS.entries()) institution(draft, random, 'hospital', name, SERIAL.hospital + i, heads)
  for (let serial = SERIAL.business; draft.organisations.size < count; serial++) {
    const roll = random.next()
    const form = FORMS.find((candidate) => roll < candidate.share)!
    const uscc = unifiedCode(form.code, serial)
    const { name, scope } = companyName(random, form.form)
    const establishedOn = dateOf(random.int(1998, yearOf(draft.today) - 2), random.int(1, 12), random.int(1, 28))
    const cancelled = random.chance(0.06)
    draft.organisations.set(uscc, {
      uscc,
      name,
      kind: form.kind,
      legalRepresentativeId: random.pick(heads),
      address: officeAddress(random),
      scope,
      establishedOn,
      termUntil: random.chance(0.3) ? dateOf(yearOf(establishedOn) + 50, 12, 31) : null,
      registeredCapital: random.int(10, 5000) * 1_000_000, // 10 万元 to 5000 万元, in fen
      status: cancelled ? '4' : '1',
      cancelledOn: cancelled ? dateOf(yearOf(draft.today) - 1, random.int(1, 12), random.int(1, 28)) : null,
    })
  }
}

/** What the tax office and the project platform know of every business. */
export function addBusinessRecords(draft: Draft, random: Random): void {
  let serial = 1
  for (const organisation of draft.organisations.values()) {
    if (!isBusiness(organisation) || draft.taxes.some((tax) => tax.uscc === organisation.uscc)) continue
    const gone = organisation.status === '4'
    draft.taxes.push({
      uscc: organisation.uscc,
      kind: random.chance(0.4) ? '1' : '2',
      credit: random.pick(['A', 'B', 'B', 'B', 'C', 'M']),
      registeredOn: organisation.establishedOn,
      state: gone ? '07' : '03',
      arrears: !gone && random.chance(0.08) ? random.int(1_000, 900_000) * 10 : 0,
      filedUntil: gone
        ? organisation.cancelledOn!.slice(0, 6)
        : addMonths(draft.asOfMonth, random.chance(0.95) ? 0 : -2),
    })
    if (gone || organisation.kind !== 'company' || !random.chance(0.2)) continue
    serial++
    const year = yearOf(draft.today) - random.int(1, 3)
    draft.projects.push({
      code: projectCode(year, serial),
      name: `${organisation.name.slice(0, 8)}扩建项目`,
      ownerUscc: organisation.uscc,
      kind: random.pick(['1', '2']),
      industry: random.pick(['C136', 'C373', 'G591', 'E470']),
      location: `山东省荣成市测试工业园${random.int(1, 90)}号`,
      investment: random.int(500, 30_000) * 1_000_000,
      filedOn: dateOf(year, random.int(1, 12), random.int(1, 28)),
      state: random.pick(['1', '2']),
    })
  }
}
