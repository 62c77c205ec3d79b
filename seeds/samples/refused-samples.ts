import type { Ask } from '../../gateway/client/index.ts'
import { HUSBAND, NOBODY, OPERATORS, PUPIL } from '../population/cast.ts'
import { caseOf, ENROLMENT, officer, person } from './asking.ts'
import type { Sample } from './sample.ts'

/** One per refusal that request members alone can cause. */
export const REFUSED_SAMPLES: readonly Sample[] = [
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

function without(ask: Ask, member: 'case' | 'operator'): Ask {
  const { [member]: _left, ...rest } = ask
  return rest
}
