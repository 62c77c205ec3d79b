import { type EntryFault, fault } from '../fault.ts'
import type { DatasetEntry, IdType, SubjectType } from '../types.ts'
import { mustExist, type Rule, type RuleContext, repeated } from './context.ts'
import { dateMustExist } from './dates.ts'
import { networksMustParse } from './network.ts'

/** Which subject an identifier names. */
const SUBJECT_OF: Record<IdType, SubjectType> = {
  'resident-id': 'person',
  'residence-permit-hmt': 'person',
  'foreign-permanent-resident': 'person',
  passport: 'person',
  'birth-certificate': 'person',
  uscc: 'organisation',
  'organisation-code': 'organisation',
  'business-registration': 'organisation',
  'real-estate-unit': 'property',
  plate: 'vehicle',
  vin: 'vehicle',
  'project-code': 'project',
}

/** The directory's rules on a dataset as a whole: who provides it, how it is shared, what it needs (R3–R7, R93, R139). */
export const datasetRule: Rule<'datasets'> = function* (dataset, context) {
  yield* provider(dataset, context)
  yield* directoryCode(dataset, context)
  yield* sharing(dataset)
  yield* approvals(dataset)
  yield* grades(dataset)
  yield* subjects(dataset)
  yield* inputs(dataset)
  for (const [i, code] of dataset.coverage.divisions.entries()) {
    yield* mustExist(context, 'divisions', code, ['coverage', 'divisions', i])
  }
  yield* dateMustExist(dataset.coverage.from, ['coverage', 'from'])
  yield* dateMustExist(dataset.coverage.digitisedSince, ['coverage', 'digitisedSince'])
  yield* connector(dataset, context)
}

function* provider({ provider }: DatasetEntry, context: RuleContext): Iterable<EntryFault> {
  yield* mustExist(context, 'members', provider, ['provider'])
  const member = context.get('members', provider)
  if (member !== undefined && !member.roles.includes('provider')) {
    yield fault(['provider'], 'provider', `${provider} 不是提供部门`, `member \`${provider}\` is not a provider`)
  }
}

/** R93: the first three characters (class and item) resolve in the classification. */
function* directoryCode({ code }: DatasetEntry, context: RuleContext): Iterable<EntryFault> {
  const classification = context.get('code-lists', 'directory-classification')
  if (classification === undefined || Object.hasOwn(classification.codes, code.slice(0, 3))) return
  yield fault(
    ['code'],
    'directory-code',
    `目录代码的类、项 ${code.slice(0, 3)} 不在 directory-classification 中`,
    `class and item \`${code.slice(0, 3)}\` are not in \`directory-classification\``,
  )
}

function* sharing(dataset: DatasetEntry): Iterable<EntryFault> {
  if (dataset.shareClass === 'unconditional' && !/^无(附加)?(使用)?(条件)?$/.test(dataset.useConditions)) {
    // R6
    yield fault(
      ['useConditions'],
      'share-class',
      '无条件共享不得附加使用条件（填“无”）',
      'unconditional sharing carries no condition (write 无)',
    )
  }
  if (/国家秘密|工作秘密|核心数据/.test(dataset.classification)) {
    // R3, R140
    yield fault(
      ['classification'],
      'secrecy',
      '国家秘密、工作秘密和核心数据不得登记',
      'state secrets, work secrets and core data cannot be registered',
    )
  }
  if (dataset.connector.kind === 'certificate-library' && dataset.freshness.ttlSeconds !== 0) {
    // R111
    yield fault(
      ['freshness', 'ttlSeconds'],
      'freshness',
      '证照状态须实时读取，不得缓存',
      'certificates are read live, never cached',
    )
  }
}

/** R5: what was assessed and approved before publication. */
function* approvals(dataset: DatasetEntry): Iterable<EntryFault> {
  const personal = [...dataset.fields, ...dataset.derived].some((field) => field.personal)
  if (personal && dataset.impactAssessment === undefined) {
    yield fault(
      ['impactAssessment'],
      'impact-assessment',
      '含个人信息，缺少影响评估记录',
      'personal information needs an impact assessment',
    )
  }
  for (const name of ['secrecyAssessment', 'impactAssessment', 'headApproval'] as const) {
    yield* dateMustExist(dataset[name]?.on, [name, 'on'])
  }
}

/** R139: the highest grade of its fields rules the entry. Derived fields may be graded lower than their sources. */
function* grades(dataset: DatasetEntry): Iterable<EntryFault> {
  const rank = (grade: DatasetEntry['grade']) => (grade === 'important' ? 5 : grade)
  const highest = Math.max(...[...dataset.fields, ...dataset.derived].map((field) => rank(field.grade)))
  if (rank(dataset.grade) < highest) {
    yield fault(
      ['grade'],
      'grade',
      '数据级别低于其信息项的最高级别',
      'the grade is lower than the highest grade of its fields',
    )
  }
}

function* subjects({ subjectTypes, idTypes }: DatasetEntry): Iterable<EntryFault> {
  for (const [i, idType] of idTypes.entries()) {
    if (!subjectTypes.includes(SUBJECT_OF[idType])) {
      yield fault(
        ['idTypes', i],
        'id-type',
        `${idType} 不标识所列的主体类型`,
        `\`${idType}\` names none of the subject types`,
      )
    }
  }
  for (const [i, type] of subjectTypes.entries()) {
    if (!idTypes.some((idType) => SUBJECT_OF[idType] === type)) {
      yield fault(
        ['subjectTypes', i],
        'id-type',
        `没有可标识 ${type} 的标识种类`,
        `no identifier kind names a \`${type}\``,
      )
    }
  }
}

function* inputs({ inputs }: DatasetEntry): Iterable<EntryFault> {
  yield* repeated(
    inputs.map(({ name }) => name),
    (i) => ['inputs', i, 'name'],
  )
  if (inputs.length > 0 && !inputs.some(({ required }) => required)) {
    yield fault(['inputs'], 'input', '至少有一个输入项是必需的', 'at least one input is required')
  }
}

function* connector({ connector }: DatasetEntry, context: RuleContext): Iterable<EntryFault> {
  yield* networksMustParse(connector.networks, ['connector', 'networks'])
  const faults = context.connectorFaults(connector.kind, connector.config)
  if (faults === 'unknown-kind') {
    yield fault(
      ['connector', 'kind'],
      'connector',
      `没有连接器种类 ${connector.kind}`,
      `there is no connector kind \`${connector.kind}\``,
    )
    return
  }
  for (const { pointer, zh, en } of faults ?? []) {
    yield fault(['connector', 'config', ...partsOf(pointer)], 'connector-config', zh, en)
  }
}

const partsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
