import { type EntryFault, fault } from '../fault.ts'
import type { FormEntry, FormField, FormSource, When } from '../further-types.ts'
import { fieldMustExist, mustExist, type Rule, type RuleContext, repeated } from './context.ts'

/** A form's item, questions, sources and materials hang together. */
export const formRule: Rule<'forms'> = function* (form, context) {
  yield* mustExist(context, 'items', form.item, ['item'])
  yield* repeated(
    form.questions.map(({ id }) => id),
    (i) => ['questions', i, 'id'],
  )
  for (const [i, { options, answeredBy }] of form.questions.entries()) {
    yield* repeated(
      options.map(({ value }) => value),
      (j) => ['questions', i, 'options', j, 'value'],
    )
    if (answeredBy !== undefined) yield* fieldMustExist(context, answeredBy, ['questions', i, 'answeredBy'])
  }
  yield* repeated(
    form.fields.map(({ id }) => id),
    (i) => ['fields', i, 'id'],
  )
  for (const [i, field] of form.fields.entries()) yield* formField(form, field, ['fields', i], context)
  yield* materials(form, context)
}

function* formField(
  form: FormEntry,
  field: FormField,
  path: EntryFault['path'],
  context: RuleContext,
): Iterable<EntryFault> {
  if (field.codeList !== undefined) yield* mustExist(context, 'code-lists', field.codeList, [...path, 'codeList'])
  yield* conditions(form, field.when, [...path, 'when'])
  for (const [i, source] of field.sources.entries()) yield* formSource(source, [...path, 'sources', i], context)
}

/** What each kind of source must say. */
const NEEDS: Record<FormSource['kind'], keyof FormSource> = {
  field: 'field',
  certificate: 'certificate',
  subject: 'attribute',
  case: 'attribute',
  constant: 'value',
}

function* formSource(source: FormSource, path: EntryFault['path'], context: RuleContext): Iterable<EntryFault> {
  const needed = NEEDS[source.kind]
  if (source[needed] === undefined) {
    yield fault(
      [...path, needed],
      'form-source',
      `来源种类 ${source.kind} 须写明 ${needed}`,
      `a source of kind ${source.kind} needs \`${needed}\``,
    )
  }
  if (source.field !== undefined) yield* fieldMustExist(context, source.field, [...path, 'field'])
  if (source.certificate !== undefined)
    yield* mustExist(context, 'certificates', source.certificate, [...path, 'certificate'])
}

function* materials(form: FormEntry, context: RuleContext): Iterable<EntryFault> {
  const codes = form.materials.map(({ code }) => code)
  yield* repeated(codes, (i) => ['materials', i, 'code'])
  for (const [i, material] of form.materials.entries()) {
    const path = ['materials', i]
    yield* conditions(form, material.when, [...path, 'when'])
    for (const [j, code] of (material.alternatives ?? []).entries()) {
      if (code === material.code || !codes.includes(code)) {
        yield fault(
          [...path, 'alternatives', j],
          'material',
          `表单没有另一份材料 ${code}`,
          `the form has no other material \`${code}\``,
        )
      }
    }
    if (material.certificate !== undefined)
      yield* mustExist(context, 'certificates', material.certificate, [...path, 'certificate'])
    for (const [j, name] of (material.fields ?? []).entries())
      yield* fieldMustExist(context, name, [...path, 'fields', j])
    if (material.exemption === 'certificate' && material.certificate === undefined) {
      yield fault(
        [...path, 'certificate'],
        'material',
        '证照替代须写明证照',
        'substitution by a certificate names the certificate',
      )
    }
    if (material.exemption === 'data-sharing' && material.fields === undefined) {
      yield fault([...path, 'fields'], 'material', '数据共享须写明信息项', 'substitution by sharing names the fields')
    }
  }
}

function* conditions(form: FormEntry, when: When[] | undefined, path: EntryFault['path']): Iterable<EntryFault> {
  for (const [i, { question, is }] of (when ?? []).entries()) {
    const asked = form.questions.find(({ id }) => id === question)
    if (asked === undefined) {
      yield fault(
        [...path, i, 'question'],
        'question',
        `表单没有情形问题 ${question}`,
        `the form has no question \`${question}\``,
      )
      continue
    }
    for (const [j, value] of is.entries()) {
      if (!asked.options.some((option) => option.value === value)) {
        yield fault(
          [...path, i, 'is', j],
          'question',
          `问题 ${question} 没有选项 ${value}`,
          `question \`${question}\` has no option \`${value}\``,
        )
      }
    }
  }
}
