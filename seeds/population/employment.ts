import { addMonths, dateOf, later, monthOf, yearOf } from './dates.ts'
import { ageInYear, type Draft } from './draft.ts'
import type { Random } from './random.ts'
import type { Organisation, Person } from './types.ts'

/** 养老、失业、工伤: what an employer pays for; medical insurance has its own register. */
export const EMPLOYEE_KINDS = ['110', '210', '410']

export interface Job {
  from: string
  to: string
  base: number
  unpaid?: string[]
  kinds?: string[]
  /** Housing fund too; small employers often have none. */
  fund: boolean
}

/** Books one job in all registers that know of it: social insurance, medical insurance, housing fund. */
export function employ(draft: Draft, person: Person, employer: Organisation, job: Job): void {
  draft.insurance.push({
    personId: person.idNumber,
    employerUscc: employer.uscc,
    from: job.from,
    to: job.to,
    base: job.base,
    kinds: job.kinds ?? EMPLOYEE_KINDS,
    unpaid: job.unpaid ?? [],
  })
  const working = job.to === draft.asOfMonth
  draft.medical.push({
    personId: person.idNumber,
    kind: '310',
    state: working ? '1' : '2',
    insuredSince: `${job.from}01`,
    paidUntil: job.to,
    employerUscc: employer.uscc,
    accountBalance: Math.floor(job.base * 0.9),
    chronicDisease: false,
  })
  if (!job.fund) return
  draft.funds.push({
    personId: person.idNumber,
    account: `371082${String(draft.funds.length + 1).padStart(8, '0')}`,
    employerUscc: employer.uscc,
    openedOn: `${job.from}15`,
    state: working ? '01' : '02',
    base: job.base,
    ratio: 80,
    from: job.from,
    to: job.to,
    balance: Math.floor(job.base * 0.16) * 20,
    loanActive: false,
  })
}

/** When a working person joined: most long ago, some within the year, some with a gap, a few have left. */
function jobOf(draft: Draft, random: Random): Job {
  const base = random.int(4_500, 16_000) * 100
  const fund = random.chance(0.7)
  const roll = random.next()
  if (roll < 0.6) return { from: addMonths(draft.asOfMonth, -random.int(12, 35)), to: draft.asOfMonth, base, fund }
  if (roll < 0.8) return { from: addMonths(draft.asOfMonth, -random.int(0, 10)), to: draft.asOfMonth, base, fund }
  if (roll < 0.92) {
    const unpaid = [addMonths(draft.asOfMonth, -random.int(1, 10))]
    return { from: addMonths(draft.asOfMonth, -random.int(14, 30)), to: draft.asOfMonth, base, fund, unpaid }
  }
  const to = addMonths(draft.asOfMonth, -random.int(4, 14))
  return { from: addMonths(to, -random.int(6, 20)), to, base, fund }
}

/** Two in three people of working age have a job; everyone else older than one year has residents' medical insurance. */
export function addEmployment(draft: Draft, random: Random): void {
  const employers = [...draft.organisations.values()].filter((organisation) => organisation.status === '1')
  const insured = new Set(draft.medical.map((cover) => cover.personId))
  for (const person of draft.people.values()) {
    if (insured.has(person.idNumber)) continue
    const age = ageInYear(draft, person)
    if (age >= 22 && age <= 57 && random.chance(0.66)) {
      const employer = random.pick(employers)
      const job = jobOf(draft, random)
      // Nobody was insured through an employer that did not exist yet.
      const opened = monthOf(employer.establishedOn)
      employ(draft, person, employer, { ...job, from: later(job.from, opened) })
    } else if (random.chance(0.95)) {
      addResidentsInsurance(draft, person, age >= 60 && random.chance(0.3))
    }
  }
}

/** 城乡居民基本医疗保险: paid for a calendar year. */
export function addResidentsInsurance(draft: Draft, person: Person, chronicDisease: boolean): void {
  const year = yearOf(draft.today)
  draft.medical.push({
    personId: person.idNumber,
    kind: '390',
    state: '1',
    insuredSince: dateOf(Math.max(2014, yearOf(person.birthDate) + 1), 1, 1),
    paidUntil: `${year}12`,
    employerUscc: null,
    accountBalance: 0,
    chronicDisease,
  })
}
