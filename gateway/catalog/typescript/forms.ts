import { parseFieldName } from '../field-ref.ts'
import type { FormEntry, FormField, FormSource } from '../further-types.ts'
import type { Catalog } from '../types.ts'
import { codeType, scalarType } from './datasets.ts'
import { doc, indented, member, typeName, union } from './words.ts'

/** The type of one item's form as a prefill answers it. */
export function formType(form: FormEntry, catalog: Catalog): string[] {
  const { roles = [], fields, questions, materials } = form
  return [
    doc(`${form.name}${form.basis === 'sample' ? '（示例表单）' : ''}${form.state === 'skeleton' ? '（骨架）' : ''}`),
    `export interface ${formName(form)} {`,
    ...indented([
      'roles: {',
      ...indented(
        (roles.length === 0 ? [{ id: 'subject', name: '申请人', type: 'person', required: true }] : roles).flatMap(
          ({ id, name, type, required }) => [doc(name), `${member(id)}${required ? '' : '?'}: ${union([type])}`],
        ),
      ),
      '}',
      'fields: {',
      ...indented(fields.flatMap((field) => [fieldDoc(field), `${member(field.id)}: ${formValue(field, catalog)}`])),
      '}',
      'questions: {',
      ...indented(
        questions.flatMap(({ id, text, options }) => [
          doc(`${text}：${options.map(({ value, label }) => `${value} ${label}`).join('；')}`),
          `${member(id)}: ${union(options.map(({ value }) => value))}`,
        ]),
      ),
      '}',
      doc(materials.map(({ code, name }) => `${code} ${name}`).join('；')),
      `materials: ${union([...new Set(materials.map(({ code }) => code))])}`,
    ]),
    '}',
  ]
}

export const formName = ({ item }: Pick<FormEntry, 'item'>): string => `Form${typeName(item)}`

const fieldDoc = ({ name, role, required, editable }: FormField): string =>
  doc(`${name}${role === 'subject' ? '' : `（${role}）`}${required ? '，必填' : ''}${editable ? '' : '，不可改'}`)

/** What any of the field's sources may fill in. Others than the applicant are shown masked, so text may stand for anything. */
function formValue(field: FormField, catalog: Catalog): string {
  const types = new Set(field.sources.map((source) => sourceType(source, field, catalog)))
  if (types.size === 0) types.add(scalarType(field.type))
  if (types.has('string'))
    return [...types]
      .filter((type) => !type.endsWith('Code'))
      .sort()
      .join(' | ')
  return `${[...types].sort().join(' | ')} | Masked`
}

const TO_TEXT: ReadonlySet<string> = new Set(['date-to-text', 'month-to-text', 'fen-to-yuan', 'code-to-name', 'join'])

function sourceType(source: FormSource, field: FormField, catalog: Catalog): string {
  if (source.kind === 'constant')
    return source.value === null || source.value === undefined ? 'null' : typeof source.value
  if (source.kind === 'subject' || source.kind === 'case' || TO_TEXT.has(source.transform ?? '')) return 'string'
  if (source.transform === 'age') return 'number'
  const name =
    source.kind === 'certificate'
      ? `${catalog.certificates.get(source.certificate ?? '')?.dataset}.${source.faceField}`
      : (source.field ?? '')
  const parsed = parseFieldName(name)
  const dataset = catalog.datasets.get(parsed?.dataset ?? '')
  const entry = dataset?.fields.find(({ id }) => id === parsed?.field)
  if (entry?.codeList !== undefined) return codeType(entry.codeList)
  const derived = dataset?.derived.find(({ id }) => id === parsed?.field)
  return scalarType((entry ?? derived ?? field).type)
}
