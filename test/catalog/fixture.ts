import type { CodeList, DatasetEntry } from '../../gateway/catalog/types.ts'

/** A dataset that keeps every rule of the catalogue; each call is a fresh object to spoil. */
export function sampleDataset(changes: Partial<DatasetEntry> = {}): DatasetEntry {
  return {
    id: 'sample-insurance',
    code: '303001001/000001',
    version: '1',
    name: '测试参保信息',
    abstract: '合成的参保缴费记录，只用于测试',
    provider: 'rc-rsj',
    format: 'JSON',
    updateFrequency: '每日',
    shareClass: 'conditional',
    shareForms: ['interface'],
    useConditions: '限政务服务事项办理使用',
    classification: '社会保险',
    grade: 3,
    responsibilityLevel: 'city',
    legalBasis: '社会保险法第八条',
    secrecyAssessment: { by: '保密办', on: '20250901', reference: '测试保评1号' },
    impactAssessment: { by: '数据安全科', on: '20250902', reference: '测试影评1号' },
    headApproval: { by: '部门负责人', on: '20250903', reference: '测试批1号' },
    subjectTypes: ['person'],
    idTypes: ['resident-id'],
    signedRequestRequired: false,
    fields: [
      field('name', '姓名', { maxLength: 50, mask: 'name', element: 'person-name' }),
      field('sex', '性别', { codeList: 'sex', nullable: true }),
      field('paidMonth', '缴费月份', { type: 'month' }),
      field('joinedOn', '参保日期', { type: 'date', nullable: true }),
      field('amount', '缴费金额（分）', { type: 'integer', sensitive: true, grade: 3, mask: 'full' }),
      field('active', '是否正常参保', { type: 'boolean' }),
    ],
    derived: [
      {
        id: 'paid12',
        name: '连续缴费满12个月',
        type: 'boolean',
        personal: true,
        sensitive: false,
        grade: 2,
        mask: 'none',
        from: ['paidMonth', 'active'],
        rule: {
          kind: 'consecutive-months',
          field: 'paidMonth',
          months: 12,
          endingWithinMonths: 2,
          where: [{ field: 'active', equals: true }],
        },
      },
    ],
    inputs: [{ name: 'id', label: '公民身份号码', from: 'subject.id', required: true }],
    cardinality: 'many',
    coverage: { divisions: ['371082'], from: '20000101' },
    freshness: { ttlSeconds: 300 },
    connector: {
      kind: 'sql-postgres',
      networks: ['127.0.0.0/8'],
      timeoutMs: 3000,
      maxConcurrent: 8,
      config: { endpoint: 'hidden-source' },
    },
    basis: 'sample',
    ...changes,
  }
}

function field(
  id: string,
  name: string,
  more: Partial<DatasetEntry['fields'][number]> = {},
): DatasetEntry['fields'][number] {
  return { id, name, type: 'string', personal: true, sensitive: false, grade: 2, mask: 'none', ...more }
}

export const sexes: CodeList = { id: 'sex', name: '性别', source: 'GB/T 2261.1', codes: { '1': '男性', '2': '女性' } }
