import type { Ask } from '../../gateway/client/index.ts'
import type { FailureCode } from '../../gateway/errors/exchange-error.ts'
import {
  BABY,
  COMPANY,
  COMPANY_IN_ARREARS,
  DISABLED,
  FAMILY_CAR,
  FATHER,
  GUARDIAN,
  GUARDIAN_HOME,
  HOME_OWNER,
  HUSBAND,
  NO_COMPANY,
  NOBODY,
  OPERATORS,
  PENSIONER,
  PROJECT,
  PUPIL,
  VETERAN,
  WIFE,
} from '../population/cast.ts'
import { DOSSIER_SAMPLES } from './dossier-samples.ts'
import { licenceSamples } from './licence-samples.ts'

/** A request anyone can send to the running demo, with what it is bound to get, in any order and any number of times. */
export interface Sample {
  name: string
  system: string
  mode: 'query' | 'verify' | 'dossier'
  request: Ask
  expect: 'released' | FailureCode
}

type Named = { id: string; name?: string }
const person = ({ id, name }: Named) => ({
  type: 'person' as const,
  idType: 'resident-id' as const,
  id,
  ...(name !== undefined && { name }),
})
const company = ({ id, name }: Named) => ({
  type: 'organisation' as const,
  idType: 'uscc' as const,
  id,
  ...(name !== undefined && { name }),
})
const caseOf = (n: number): string => `11371082PDY003018B337070500100120261120${String(n).padStart(4, '0')}`
const officer = (operator: (typeof OPERATORS)[keyof typeof OPERATORS]) => ({ ...operator })

/** 入学资格核验: the request printed in the design. */
export const ENROLMENT: Ask = {
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  case: caseOf(1),
  purpose: '义务教育入学资格核验',
  onBehalfOf: 'rc-jyj',
  operator: officer(OPERATORS.education),
  subject: person(PUPIL),
  parties: { guardian: person(GUARDIAN) },
  keys: { 'real-estate.unitNo': GUARDIAN_HOME.unit },
  fields: [
    'household-registration.address',
    'household-registration.householder',
    'guardian:real-estate.certificateNo',
  ],
}

const released: Sample[] = [
  { name: '入学资格核验', system: 'rc-enrolment', mode: 'query', expect: 'released', request: ENROLMENT },
  {
    name: '入学：由平台代教育部门调用',
    system: 'rc-approval',
    mode: 'query',
    expect: 'released',
    request: { ...ENROLMENT, case: caseOf(2) },
  },
  {
    name: '入学：只核验不取值',
    system: 'rc-enrolment',
    mode: 'verify',
    expect: 'released',
    request: {
      ...withoutFields(ENROLMENT),
      case: caseOf(3),
      claims: {
        'household-registration.householder': FATHER.name,
        'guardian:real-estate.certificateNo': GUARDIAN_HOME.certificate,
      },
    },
  },
  {
    name: '入学：学籍与出生信息（敏感）',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P2.1',
      item: 'rongcheng-p-008',
      case: caseOf(4),
      purpose: '义务教育入学资格核验',
      operator: officer(OPERATORS.education),
      subject: person(PUPIL),
      fields: ['student-record.school', 'student-record.grade', 'birth-record.birthDate'],
    },
  },
  {
    name: '入学：监护人连续缴费满12个月（派生项，不取明细）',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'released',
    request: {
      ...ENROLMENT,
      case: caseOf(5),
      parties: { guardian: person(FATHER) },
      keys: {},
      fields: ['guardian:social-insurance.consecutive12Months', 'guardian:real-estate.ownsHousing'],
    },
  },
  {
    name: '出生登记',
    system: 'rc-police',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P1.1',
      item: 'rongcheng-p-003',
      case: caseOf(6),
      purpose: '新生儿出生登记',
      operator: officer(OPERATORS.approval),
      subject: person(BABY),
      parties: { mother: person(GUARDIAN), father: person(FATHER) },
      fields: [
        'birth-record.childName',
        'birth-record.motherName',
        'mother:household-registration.address',
        'father:household-registration.householdNumber',
      ],
    },
  },
  {
    name: '社会保障：参保明细（一对多）',
    system: 'rc-social',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P4.3',
      item: 'rongcheng-p-041',
      application: 'SB-2026-000217',
      purpose: '参保缴费证明开具',
      operator: officer(OPERATORS.approval),
      subject: person(HUSBAND),
      fields: [
        'social-insurance.kind',
        'social-insurance.month',
        'social-insurance.paidState',
        'social-insurance.consecutive12Months',
        'medical-insurance.state',
      ],
    },
  },
  {
    name: '退役报到',
    system: 'rc-veterans',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P3.1',
      item: 'rongcheng-p-026',
      case: caseOf(7),
      purpose: '退役军人报到登记',
      operator: officer(OPERATORS.approval),
      subject: person(VETERAN),
      fields: ['veteran-record.dischargedOn', 'veteran-record.state', 'household-registration.address'],
    },
  },
  {
    name: '购置新房：本人与配偶名下住房、婚姻登记',
    system: 'rc-land',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P5.1',
      item: 'rongcheng-p-055',
      case: caseOf(8),
      purpose: '新建商品房转移登记',
      operator: officer(OPERATORS.land),
      subject: person(FATHER),
      parties: { spouse: person(GUARDIAN), seller: company(COMPANY) },
      fields: [
        'marriage-registration.registrationKind',
        'marriage-registration.registeredOn',
        'spouse:real-estate.housingCount',
        'seller:business-licence.status',
      ],
    },
  },
  {
    name: '二手房：按不动产单元查询',
    system: 'rc-land',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P5.2',
      item: 'rongcheng-p-058',
      case: caseOf(9),
      purpose: '二手房转移登记',
      operator: officer(OPERATORS.land),
      subject: { type: 'property', idType: 'real-estate-unit', id: GUARDIAN_HOME.unit },
      fields: ['real-estate.certificateNo', 'real-estate.location', 'real-estate.mortgaged', 'real-estate.sealed'],
    },
  },
  {
    name: '公积金贷款：连续缴存与名下住房',
    system: 'rc-fund',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P5.5',
      item: 'rongcheng-p-068-1',
      case: caseOf(10),
      purpose: '住房公积金贷款资格核验',
      subject: person(FATHER),
      parties: { spouse: person(GUARDIAN) },
      fields: [
        'housing-provident-fund.consecutive6Months',
        'housing-provident-fund.loanActive',
        'spouse:real-estate.housingCount',
      ],
    },
  },
  {
    name: '机动车转移登记（按车辆查询）',
    system: 'rc-police',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P6.1',
      item: 'rongcheng-p-072-2',
      case: caseOf(11),
      purpose: '机动车转移登记',
      operator: officer(OPERATORS.approval),
      subject: { type: 'vehicle', idType: 'plate', id: FAMILY_CAR.plate },
      fields: ['motor-vehicle.brandModel', 'motor-vehicle.inspectionValidUntil', 'motor-vehicle.mortgaged'],
    },
  },
  {
    name: '婚姻登记信息核对（须双方姓名与号码）',
    system: 'rc-civil',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P7.1',
      item: 'rongcheng-p-082',
      case: caseOf(12),
      purpose: '婚姻登记信息核对',
      operator: officer(OPERATORS.civil),
      subject: person(HUSBAND),
      parties: { spouse: person(WIFE) },
      fields: [
        'marriage-registration.married',
        'marriage-registration.certificateNumber',
        'household-registration.birthDate',
      ],
    },
  },
  {
    name: '残疾人两项补贴（敏感，须签名请求）',
    system: 'rc-civil',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P9.1',
      item: 'rongcheng-p-093',
      case: caseOf(13),
      purpose: '残疾人两项补贴资格核验',
      operator: officer(OPERATORS.civil),
      subject: person(DISABLED),
      fields: [
        'disability-certificate.disabilityKind',
        'disability-certificate.disabilityGrade',
        'minimum-living-allowance.receiving',
      ],
    },
  },
  {
    name: '养老：待遇资格',
    system: 'rc-social',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'P10.1',
      item: 'rongcheng-p-101',
      case: caseOf(14),
      purpose: '养老保险待遇资格核验',
      operator: officer(OPERATORS.approval),
      subject: person(PENSIONER),
      fields: ['household-registration.age', 'social-insurance.monthsPaid'],
    },
  },
  {
    name: '投资项目立项（按项目查询）',
    system: 'rc-approval',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'E4.1',
      item: 'rongcheng-e-063',
      case: caseOf(15),
      purpose: '投资项目立项核验',
      operator: officer(OPERATORS.approval),
      subject: { type: 'project', idType: 'project-code', id: PROJECT.code, name: PROJECT.name },
      parties: { owner: company(COMPANY) },
      fields: [
        'investment-project.name',
        'investment-project.state',
        'owner:business-licence.status',
        'owner:tax-status.noArrears',
      ],
    },
  },
  {
    name: '企业注销：清税与名下财产',
    system: 'rc-market',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'E6.1',
      item: 'rongcheng-e-102-1',
      case: caseOf(16),
      purpose: '企业注销登记核验',
      operator: officer(OPERATORS.approval),
      subject: company(COMPANY_IN_ARREARS),
      fields: ['business-licence.status', 'tax-status.noArrears', 'tax-status.state'],
    },
  },
  {
    name: '未查到也是答复',
    system: 'rc-market',
    mode: 'query',
    expect: 'released',
    request: {
      scenario: 'E6.1',
      item: 'rongcheng-e-102-1',
      case: caseOf(17),
      purpose: '企业注销登记核验',
      operator: officer(OPERATORS.approval),
      subject: company(NO_COMPANY),
      fields: ['business-licence.status'],
    },
  },
]

const refused: Sample[] = [
  {
    name: '另一场景下被拒绝',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'access.denied',
    request: {
      ...ENROLMENT,
      scenario: 'P2.2',
      item: 'rongcheng-p-012',
      purpose: '转学资格核验',
      fields: ['guardian:real-estate.certificateNo'],
    },
  },
  {
    name: '未授权的信息项整笔拒绝',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'access.denied',
    request: { ...ENROLMENT, fields: ['household-registration.address', 'household-registration.ethnicGroup'] },
  },
  {
    name: '授权之外的事项',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'access.denied',
    request: { ...ENROLMENT, item: 'rongcheng-p-014' },
  },
  {
    name: '授权之外的用途',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'access.denied',
    request: { ...ENROLMENT, purpose: '学区房评估' },
  },
  {
    name: '没有办件编号',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'access.denied',
    request: without(ENROLMENT, 'case'),
  },
  {
    name: '没有经办人',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'access.denied',
    request: without(ENROLMENT, 'operator'),
  },
  {
    name: '未登记的代理关系',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'access.denied',
    request: { ...ENROLMENT, onBehalfOf: 'rc-mzj' },
  },
  {
    name: '不予共享的数据资源',
    system: 'rc-civil',
    mode: 'query',
    expect: 'access.denied',
    request: {
      scenario: 'P7.1',
      item: 'rongcheng-p-082',
      case: caseOf(18),
      purpose: '婚姻登记信息核对',
      operator: officer(OPERATORS.civil),
      subject: person(HUSBAND),
      fields: ['adoption-file.state'],
    },
  },
  {
    name: '目录中没有的数据资源',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'access.denied',
    request: { ...ENROLMENT, fields: ['bank-account.balance'] },
  },
  {
    name: '数据资源中没有的信息项',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'field.unknown',
    request: { ...ENROLMENT, fields: ['household-registration.nickname'] },
  },
  {
    name: '授权已到期',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'grant.expired',
    request: {
      scenario: 'P2.2',
      item: 'rongcheng-p-012',
      case: caseOf(19),
      purpose: '转学资格核验',
      operator: officer(OPERATORS.education),
      subject: person(PUPIL),
      fields: ['household-registration.address'],
    },
  },
  {
    name: '授权已被暂停',
    system: 'rc-social',
    mode: 'query',
    expect: 'grant.suspended',
    request: {
      scenario: 'P4.4',
      item: 'rongcheng-p-054',
      case: caseOf(20),
      purpose: '失业保险金申领资格核验',
      operator: officer(OPERATORS.approval),
      subject: person(HUSBAND),
      fields: ['social-insurance.monthsPaid'],
    },
  },
  {
    name: '身份号码校验位不对',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'subject.invalid',
    request: { ...ENROLMENT, subject: { ...person(PUPIL), id: '371099201907120018' } },
  },
  {
    name: '缺少数源要求的配偶信息',
    system: 'rc-civil',
    mode: 'query',
    expect: 'subject.incomplete',
    request: {
      scenario: 'P7.1',
      item: 'rongcheng-p-082',
      case: caseOf(21),
      purpose: '婚姻登记信息核对',
      operator: officer(OPERATORS.civil),
      subject: person(HUSBAND),
      fields: ['marriage-registration.married'],
    },
  },
  {
    name: '未约定的成员',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'request.malformed',
    request: { ...ENROLMENT, limit: 10 } as Ask,
  },
  {
    name: '用途中夹带身份号码',
    system: 'rc-enrolment',
    mode: 'query',
    expect: 'request.malformed',
    request: { ...ENROLMENT, purpose: `核验 ${NOBODY.id}` },
  },
  {
    name: '系统已被停用',
    system: 'rc-legacy',
    mode: 'query',
    expect: 'identity.suspended',
    request: { ...ENROLMENT, case: caseOf(22) },
  },
]

/** At least one released per mode, dataset and subject type; one per refusal that request members alone can cause. */
export const SAMPLES: readonly Sample[] = [...released, ...DOSSIER_SAMPLES, ...licenceSamples(), ...refused]

function without(ask: Ask, member: 'case' | 'operator'): Ask {
  const { [member]: _left, ...rest } = ask
  return rest
}

function withoutFields(ask: Ask): Ask {
  const { fields: _left, ...rest } = ask
  return rest
}

/** Several homes, a shop and a parking place: for the walk-through. */
export const RESALE_OF_HOME_OWNER: Ask = {
  scenario: 'P5.2',
  item: 'rongcheng-p-058',
  case: caseOf(30),
  purpose: '二手房转移登记',
  operator: officer(OPERATORS.land),
  subject: person(HOME_OWNER),
  fields: ['real-estate.location', 'real-estate.usage', 'real-estate.housingCount'],
}
