import {
  ALLOWANCE_RECEIVER,
  BABY,
  COMPANY,
  DISABLED,
  FATHER,
  GUARDIAN,
  HUSBAND,
  PUPIL,
  VETERAN,
  WIFE,
} from '../population/cast.ts'
import {
  BANK,
  CLINIC,
  DEVELOPER,
  DISABLED_CHILD,
  DOCTOR,
  ELDER,
  FARMER,
  FARMER_WIFE,
  GRADUATE,
  HEIR,
  JOBLESS,
  JUNIOR_PUPIL,
  KINDERGARTNER,
  LATE_RETIREE,
  LATE_WORKER,
  PHARMACIST,
  PHARMACY,
  RETIREE,
  SENIOR_PUPIL,
  WIDOW,
  WORKER_WIDOW,
} from '../population/form-cast.ts'
import { company as organisation, person } from './asking.ts'
import type { Fitting } from './fitting-applicants.ts'

type Somebody = { id: string; name: string }
const NO_HOME = '名下没有不动产登记；查无记录不等于没有，由申请人填写'
const FIRST_TIME = '首次填报，尚无经部门核验的自报信息'
const NO_VEHICLE = '名下没有机动车登记'
const NOT_INSURED = '没有社会保险缴费'

const alone = (subject: Somebody, answers: Record<string, string> = {}): Fitting => ({
  subjects: { subject: person(subject) },
  answers,
})
const wedded = (subject: Somebody, spouse: Somebody, answers: Record<string, string> = {}): Fitting => ({
  subjects: { subject: person(subject), spouse: person(spouse) },
  answers,
})
const minor = (child: Somebody, guardian: Somebody, answers: Record<string, string> = {}): Fitting => ({
  subjects: { subject: person(child), guardian: person(guardian) },
  answers,
})
const parents = {
  subjects: { subject: person(BABY), mother: person(GUARDIAN), father: person(FATHER) },
}
const sale = { subject: person(GUARDIAN), buyer: person(HUSBAND) }
const seller = organisation(DEVELOPER)
const deceased = (who: Somebody, relative: Somebody): Fitting => ({
  subjects: { subject: person(who), relative: person(relative) },
})
const bequeathed = (who: Somebody, heir: Somebody, answers: Record<string, string> = {}): Fitting => ({
  subjects: { subject: person(who), heir: person(heir) },
  answers,
})

/** People's life, from birth to what comes after it. */
export const FITTING_PEOPLE: Readonly<Record<string, Fitting>> = {
  'p-001': parents,
  'p-002': minor(BABY, GUARDIAN),
  'p-003': parents,
  'p-004': { subjects: { subject: person(BABY), mother: person(GUARDIAN) }, answers: { aid: 'none' } },
  'p-005': minor(BABY, GUARDIAN, { firstCard: 'renew' }),
  'p-006': minor(BABY, GUARDIAN, { reason: 'damaged' }),
  'p-007': minor(KINDERGARTNER, FARMER_WIFE, { allergy: 'n' }),
  'p-008': { ...minor(PUPIL, GUARDIAN, { special: 'n' }), without: { moved: '出生时入户，没有迁入日期' } },
  'p-009': minor(JUNIOR_PUPIL, FARMER_WIFE, { bonus: 'none' }),
  'p-011': alone(SENIOR_PUPIL),
  'p-012': minor(PUPIL, GUARDIAN, { reason: 'house' }),
  'p-013': minor(SENIOR_PUPIL, FARMER_WIFE, { major: 'n' }),
  'p-014': minor(KINDERGARTNER, FARMER_WIFE, { kind: 'low' }),
  'p-015': minor(SENIOR_PUPIL, FARMER_WIFE, { kind: 'low' }),
  'p-017': minor(SENIOR_PUPIL, FARMER_WIFE),
  'p-018': alone(GRADUATE, { status: 'fresh' }),
  'p-020': { subjects: { subject: person(GRADUATE), employer: organisation(COMPANY) } },
  'p-022-1': alone(GRADUATE),
  'p-025': alone(GRADUATE, { target: 'home' }),
  'p-026': alone(VETERAN, { dis: 'n' }),
  'p-027': alone(VETERAN),
  'p-028': alone(VETERAN, { honour: 'n' }),
  'p-029': alone(VETERAN),
  'p-030': alone(VETERAN),
  'p-032-1': alone(GRADUATE),
  'p-034': { subjects: { subject: person(DOCTOR), hospital: organisation(CLINIC) }, answers: { type: 'change' } },
  'p-035-1': { subjects: { subject: person(GRADUATE), hospital: organisation(CLINIC) } },
  'p-036': { subjects: { subject: person(PHARMACIST), employer: organisation(PHARMACY) }, answers: { type: 'extend' } },
  'p-037': alone(HUSBAND),
  'p-039-1': alone(JOBLESS),
  'p-039-2': alone(FARMER_WIFE, { group: 'low' }),
  'p-042-1': alone(GUARDIAN),
  'p-044-2': alone(GUARDIAN),
  'p-047-1': wedded(HUSBAND, WIFE, { what: 'marriage' }),
  'p-047-5': alone(FATHER),
  'p-048': {
    subjects: { subject: person(FATHER), employer: organisation(COMPANY), relative: person(GUARDIAN) },
    answers: { by: 'family' },
  },
  'p-052-1': alone(GRADUATE),
  'p-053-2': alone(JOBLESS),
  'p-054': alone(JOBLESS),
  'p-055': {
    subjects: { subject: person(HUSBAND), spouse: person(WIFE), seller, agent: person(FATHER) },
    answers: { pay: 'fund', agency: 'y' },
    without: { phone: FIRST_TIME },
  },
  'p-056': {
    subjects: { subject: person(FATHER), spouse: person(GUARDIAN), child: person(PUPIL) },
    answers: { order: 'second' },
    without: { childReCount: NO_HOME },
  },
  'p-057-1': { subjects: { subject: person(HUSBAND), spouse: person(WIFE), seller }, answers: { share: 'y' } },
  'p-057-2': { subjects: { subject: person(HUSBAND), spouse: person(WIFE), seller }, answers: { form: 'joint' } },
  'p-057-3': { subjects: { subject: person(FATHER), spouse: person(GUARDIAN), bank: organisation(BANK) } },
  'p-058': { subjects: { ...sale, agency2: organisation(COMPANY) } },
  'p-059': {
    subjects: { ...sale, spouse: person(WIFE) },
    answers: { order: 'first' },
    without: { buyerReCount: NO_HOME },
  },
  'p-060-1': { subjects: { ...sale, coBuyer: person(WIFE) } },
  'p-060-2': {
    subjects: { subject: person(FATHER), spouse: person(GUARDIAN), lender: organisation(BANK) },
    answers: { loan: 'fund' },
  },
  'p-061': {
    subjects: { subject: person(HUSBAND), spouse: person(WIFE), relative: person(WIFE) },
    answers: { group: 'newcomer' },
    without: { reOwns: NO_HOME, reCount: NO_HOME, vCount: NO_VEHICLE, spouseReOwns: NO_HOME },
  },
  'p-063-2': { ...wedded(HUSBAND, WIFE, { none: 'y' }), without: { reOwns: NO_HOME, spouseReOwns: NO_HOME } },
  'p-064': { subjects: { subject: person(FARMER), relative: person(FARMER_WIFE) }, answers: { reason: 'rebuild' } },
  'p-065': alone(FARMER),
  'p-067-1': { ...wedded(GUARDIAN, FATHER), without: { phone: FIRST_TIME } },
  'p-067-2': wedded(FATHER, GUARDIAN, { who: 'self' }),
  'p-068-1': {
    subjects: { subject: person(HUSBAND), spouse: person(WIFE), seller },
    answers: { first: 'y' },
    without: { reCount: NO_HOME, spouseReCount: NO_HOME, phone: FIRST_TIME },
  },
  'p-070': alone(HUSBAND),
  'p-071': alone(HUSBAND, { type: 'expire', body: 'n' }),
  'p-072-1': alone(FATHER, { plateChoice: 'keep' }),
  'p-072-3': { subjects: { subject: person(FATHER), buyer: person(HUSBAND) } },
  'p-075': alone(FATHER),
  'p-079': { ...minor(PUPIL, GUARDIAN, { duty: 'n' }), without: { post: FIRST_TIME } },
  'p-082': wedded(VETERAN, JOBLESS),
  'p-084': wedded(HUSBAND, WIFE, { kids: 'n', houseQ: 'n' }),
  'p-086': wedded(GUARDIAN, FATHER, { order: 'third' }),
  'p-087': alone(ALLOWANCE_RECEIVER),
  'p-089-1': alone(GUARDIAN),
  'p-089-3': alone(RETIREE),
  'p-090-2': wedded(GUARDIAN, FATHER, { who: 'spouse' }),
  'p-090-4': {
    subjects: { subject: person(GUARDIAN), child: person(BABY), employer: organisation(COMPANY) },
  },
  'p-092': alone(DISABLED, { kind: 'renew', under: 'n' }),
  'p-093': alone(DISABLED, { low: 'n' }),
  'p-094-1': minor(DISABLED_CHILD, FARMER_WIFE),
  'p-095': minor(DISABLED_CHILD, FARMER_WIFE, { other: 'n' }),
  'p-096': {
    subjects: { subject: person(FARMER), spouse: person(FARMER_WIFE), relative: person(ELDER) },
    without: {
      vCount: NO_VEHICLE,
      spouseVCount: NO_VEHICLE,
      spouseSiLatest: NOT_INSURED,
      fMonthly: '没有住房公积金账户',
    },
  },
  'p-097': {
    ...alone(ALLOWANCE_RECEIVER),
    without: {
      guardianName: '没有监护人',
      guardianId: '没有监护人',
      reOwns: NO_HOME,
      siPension: NOT_INSURED,
    },
  },
  'p-098': alone(FARMER),
  'p-099': alone(ELDER),
  'p-100-1': alone(JOBLESS, { type: 'long', lost: 'n' }),
  'p-100-2': alone(JOBLESS, { group: 'graduate' }),
  'p-101': { ...alone(ELDER), without: { live: FIRST_TIME, phone: FIRST_TIME } },
  'p-102': { subjects: { subject: person(RETIREE), agent: person(HEIR) }, answers: { agency: 'y' } },
  'p-104-2': alone(RETIREE),
  'p-105-1': alone(RETIREE),
  'p-106-1': alone(RETIREE),
  'p-107': { subjects: { subject: person(ELDER), relative: person(FARMER) } },
  'p-108': deceased(LATE_RETIREE, HEIR),
  'p-110': deceased(LATE_RETIREE, HEIR),
  'p-111': deceased(LATE_RETIREE, HEIR),
  'p-112': bequeathed(LATE_WORKER, WORKER_WIDOW),
  'p-113-3': bequeathed(LATE_RETIREE, HEIR, { relation: 'child' }),
  'p-113-4': bequeathed(LATE_RETIREE, HEIR),
  'p-114': bequeathed(LATE_WORKER, WORKER_WIDOW),
  'p-115': {
    subjects: { subject: person(LATE_RETIREE), heir: person(HEIR), spouse: person(WIDOW) },
  },
}
