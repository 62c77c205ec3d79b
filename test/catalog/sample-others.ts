import type { FormEntry } from '../../gateway/catalog/further-types.ts'
import { write } from './broken-rows.ts'

/** Sound entries of every kind but datasets, and the files they stand in, for tests that spoil them. */

export const ITEMS = 'items/rongcheng-person.json'
export const MEMBER = 'members/rc-cl.json'
export const DIVISIONS = 'divisions/shandong.json'
export const YEAR = 'calendars/2026.json'
export const FORM = 'forms/form.json'
export const BUNDLE = 'bundles/birth.json'
export const SET = 'field-sets/set.json'
export const SUBJECT = { id: 'subject', name: '申请人', type: 'person', applicant: true, required: true }

/** A form that keeps every rule. */
export const sampleForm: FormEntry = {
  id: 'sample-form',
  name: '测试表单',
  item: 'rongcheng-p-008',
  state: 'complete',
  basis: 'sample',
  version: '1',
  questions: [
    {
      id: 'owner',
      text: '是否有房产',
      options: [
        { value: 'y', label: '有' },
        { value: 'n', label: '无' },
      ],
    },
  ],
  fields: [
    {
      id: 'name',
      name: '姓名',
      element: 'person-name',
      role: 'subject',
      type: 'string',
      required: true,
      editable: false,
      sources: [{ kind: 'field', field: 'sample-insurance.name' }],
    },
  ],
  materials: [
    {
      code: 'm1',
      name: '出生医学证明',
      issuer: '卫生健康部门',
      need: 'conditional',
      when: [{ question: 'owner', is: ['n'] }],
      certificate: 'weihai-c-020',
      exemption: 'certificate',
    },
  ],
}
export const form = write(FORM, sampleForm)

export const sampleBundle = {
  id: 'birth',
  name: '新生儿出生',
  scenario: 'P1.1',
  audience: 'person',
  basis: 'sample',
  version: '1',
  items: [
    { item: 'rongcheng-p-001', after: [] },
    { item: 'rongcheng-p-003', after: ['rongcheng-p-001'] },
  ],
  flows: [{ from: 'rongcheng-p-001', result: '出生医学证明', to: 'rongcheng-p-003', material: '出生医学证明' }],
  merge: [],
}
export const bundle = write(BUNDLE, sampleBundle)

export const sampleSet = {
  id: 'sample-set',
  name: '测试字段集',
  basis: 'sample',
  version: '1',
  roles: [SUBJECT],
  fields: sampleForm.fields,
  materials: [],
}
export const sampleTask = {
  id: 'weihai-t-001',
  name: '测试工作',
  task: '测试任务',
  deadline: '年底前',
  source: { file: 'weihai-ledger.json', no: 1 },
  lead: ['wh-dsjzx'],
  printed: { lead: ['市大数据中心'], responsible: null },
  version: '1',
}
