import type { Catalog, CodeList, DatasetEntry, DerivedField, FieldEntry } from '../types.ts'
import { doc, indented, literal, member, typeName, union } from './words.ts'

/** The value of a field as an answer holds it. */
type Described = Pick<FieldEntry | DerivedField, 'id' | 'name' | 'type' | 'mask' | 'sensitive'>

/** The type of one released row of a dataset. */
export function rowType(dataset: DatasetEntry, catalog: Catalog): string[] {
  const provider = catalog.members.get(dataset.provider)?.name ?? dataset.provider
  const rows = dataset.cardinality === 'many' ? '，每人可有多条 / many rows' : ''
  return [
    doc(`${dataset.name}（${provider}${rows}）`),
    `export interface ${typeName(dataset.id)} {`,
    ...indented([
      ...dataset.fields.flatMap((field) => [
        described(field),
        `${member(field.id)}: ${valueType(field, field.nullable)}`,
      ]),
      ...dataset.derived.flatMap((field) => [
        described(field, '，派生 / derived'),
        `${member(field.id)}: ${valueType(field, ABSENT.has(field.rule.kind))}`,
      ]),
    ]),
    '}',
  ]
}

/** Rules that have no value where no row fits. */
const ABSENT: ReadonlySet<string> = new Set(['latest', 'earliest', 'age'])

function described(field: Described, more = ''): string {
  const masked = isMasked(field) ? `，未另行授权则遮盖 / masked: ${field.mask === 'none' ? 'full' : field.mask}` : ''
  const form = field.type === 'date' ? '，YYYYMMDD' : field.type === 'month' ? '，YYYYMM' : ''
  return doc(`${field.name}${form}${more}${masked}`)
}

/** A sensitive field without a rule is masked whole (decisions/2026-11-20-which-mask-applies.md). */
const isMasked = ({ mask, sensitive }: Described): boolean => mask !== 'none' || sensitive

export function valueType(field: Described & { codeList?: string }, nullable = false): string {
  const plain = field.codeList === undefined ? scalarType(field.type) : codeType(field.codeList)
  const masked = isMasked(field) && plain !== 'string' ? ' | Masked' : ''
  return `${plain}${masked}${nullable ? ' | null' : ''}`
}

export const scalarType = (type: Described['type']): string =>
  type === 'integer' ? 'number' : type === 'boolean' ? 'boolean' : 'string'

export const codeType = (codeList: string): string => `${typeName(codeList)}Code`

/** The codes of a list as a union, and their Chinese names. */
export function codeListType({ id, name, codes }: CodeList): string[] {
  return [
    doc(
      `${name}：${Object.entries(codes)
        .map(([code, word]) => `${code} ${word}`)
        .join('；')}`,
    ),
    `export type ${codeType(id)} = ${union(Object.keys(codes))}`,
  ]
}

/** Which type stands behind a dataset's key in an answer. */
export const datasetMember = ({ id, cardinality }: DatasetEntry): string =>
  `${literal(id)}: ${typeName(id)}${cardinality === 'many' ? '[]' : ''}`
