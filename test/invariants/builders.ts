import type { DatasetEntry, FieldEntry } from '../../gateway/catalog/types.ts'
import type { Identified, RequestedField } from '../../gateway/exchange.ts'

export const NOW = Date.parse('2026-09-01T02:00:00Z')

export const field = (id: string, over: Partial<FieldEntry> = {}): FieldEntry => ({
  id,
  name: id,
  type: 'string',
  personal: true,
  sensitive: false,
  grade: 2,
  mask: 'none',
  ...over,
})

/** A dataset with text fields unless told otherwise. */
export function dataset(id: string, fields: (string | FieldEntry)[], over: Partial<DatasetEntry> = {}): DatasetEntry {
  return {
    id,
    name: `数据${id}`,
    provider: 'rc-gaj',
    shareClass: 'conditional',
    signedRequestRequired: false,
    fields: fields.map((each) => (typeof each === 'string' ? field(each) : each)),
    derived: [],
    inputs: [],
    cardinality: 'one',
    coverage: { divisions: [] },
    ...over,
  } as unknown as DatasetEntry
}

/** An identified exchange that `test/policies/builders.ts`’s grant fits, for these fields. */
export const identified = (fields: RequestedField[], op: 'query' | 'verify' = 'query'): Identified =>
  ({
    exchangeId: '01990000-0000-7000-8000-000000000000',
    received: { op, address: '10.10.1.20' },
    catalog: { codeLists: new Map() },
    sender: { system: { id: 'rc-enrolment' }, member: { id: 'rc-jyj' }, signed: true },
    acting: { id: 'rc-jyj', division: '371082' },
    request: {
      scenario: 'P2.1',
      item: 'rongcheng-p-008',
      case: '11371082PDY003018B3370705001001202611200001',
      purpose: '义务教育入学资格核验',
      operator: { id: 'jyj-0231', assurance: 'asserted' },
      subject: { type: 'person', idType: 'resident-id', id: '371099201907120017' },
    },
    fields,
  }) as unknown as Identified
