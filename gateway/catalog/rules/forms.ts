import { withFieldSets } from '../expand-form.ts'
import { type EntryFault, fault } from '../fault.ts'
import { parseFieldName } from '../field-ref.ts'
import type { FieldSetEntry, FormEntry, FormField, FormMaterial, FormRole, When } from '../further-types.ts'
import { fieldMustExist, mustExist, type Rule, type RuleContext, repeated } from './context.ts'
import { formSource } from './form-sources.ts'
import { question } from './questions.ts'

type Path = EntryFault['path']

/** What a form or a field set is checked against: its questions, and the roles its members may name. */
interface Scope {
  questions: FormEntry['questions']
  roles: readonly FormRole[]
}

/** A form's item, sets, roles, questions, sources and materials hang together. */
export const formRule: Rule<'forms'> = function* (form, context) {
  yield* mustExist(context, 'items', form.item, ['item'])
  for (const [i, id] of (form.fieldSets ?? []).entries()) {
    yield* mustExist(context, 'field-sets', id, ['fieldSets', i])
  }
  if (form.state === 'complete' && form.fieldSets !== undefined) {
    yield fault(['fieldSets'], 'field-set', '完整表单自行写明各项', 'a complete form writes out what it asks')
  }
  const whole = withFieldSets(form, (id) => context.get('field-sets', id))
  const scope: Scope = { questions: form.questions, roles: whole.roles ?? [] }
  yield* repeated(
    form.questions.map(({ id }) => id),
    (i) => ['questions', i, 'id'],
  )
  for (const [i, asked] of form.questions.entries()) {
    yield* question(asked, ['questions', i], context)
    yield* conditions({ ...scope, questions: form.questions.slice(0, i) }, asked.when, ['questions', i, 'when'])
    if (asked.answeredBy !== undefined) yield* roleOf(asked.answeredBy, scope, ['questions', i, 'answeredBy'])
  }
  yield* members(form, scope, context)
  if (form.result?.certificate !== undefined) {
    yield* mustExist(context, 'certificates', form.result.certificate, ['result', 'certificate'])
  }
}

export const fieldSetRule: Rule<'field-sets'> = function* (set, context) {
  yield* members(set, { questions: [], roles: set.roles }, context)
}

function* members(holder: FormEntry | FieldSetEntry, scope: Scope, context: RuleContext): Iterable<EntryFault> {
  const roles = holder.roles ?? []
  yield* repeated(
    roles.map(({ id }) => id),
    (i) => ['roles', i, 'id'],
  )
  for (const [i, role] of roles.entries()) yield* roleEntry(role, scope, ['roles', i], context)
  yield* repeated(
    holder.fields.map(({ id }) => id),
    (i) => ['fields', i, 'id'],
  )
  for (const [i, field] of holder.fields.entries()) yield* formField(field, scope, ['fields', i], context)
  yield* repeated(
    holder.materials.map(({ code }) => code),
    (i) => ['materials', i, 'code'],
  )
  const codes = holder.materials.map(({ code }) => code)
  for (const [i, material] of holder.materials.entries()) {
    yield* formMaterial(material, codes, scope, ['materials', i], context)
  }
}

function* roleEntry(role: FormRole, scope: Scope, path: Path, context: RuleContext): Iterable<EntryFault> {
  yield* conditions(scope, role.when, [...path, 'when'])
  for (const [i, check] of (role.relation ?? []).entries()) {
    const at = [...path, 'relation', i]
    for (const [name, value] of [
      ['field', check.field],
      ['sameAs', 'sameAs' in check ? check.sameAs : undefined],
    ] as const) {
      if (value === undefined) continue
      yield* fieldMustExist(context, value, [...at, name])
      yield* roleOf(value, scope, [...at, name])
    }
    if ('id' in check) yield* declared(check.id, scope, [...at, 'id'])
  }
}

function* formField(field: FormField, scope: Scope, path: Path, context: RuleContext): Iterable<EntryFault> {
  if (field.codeList !== undefined) yield* mustExist(context, 'code-lists', field.codeList, [...path, 'codeList'])
  yield* declared(field.role, scope, [...path, 'role'])
  yield* conditions(scope, field.when, [...path, 'when'])
  for (const [i, source] of field.sources.entries()) {
    yield* formSource(source, [...path, 'sources', i], context)
    if (source.field !== undefined) yield* roleOf(source.field, scope, [...path, 'sources', i, 'field'])
  }
}

function* formMaterial(
  material: FormMaterial,
  codes: string[],
  scope: Scope,
  path: Path,
  context: RuleContext,
): Iterable<EntryFault> {
  yield* conditions(scope, material.when, [...path, 'when'])
  if (material.role !== undefined) yield* declared(material.role, scope, [...path, 'role'])
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
  for (const [j, name] of (material.fields ?? []).entries()) {
    yield* fieldMustExist(context, name, [...path, 'fields', j])
    yield* roleOf(name, scope, [...path, 'fields', j])
  }
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

/** The role a field's name begins with, `subject` where it has none. */
function* roleOf(name: string, scope: Scope, path: Path): Iterable<EntryFault> {
  const parsed = parseFieldName(name)
  if (parsed !== undefined) yield* declared(parsed.role ?? 'subject', scope, path)
}

/** A form that lists its roles lists all of them; one that lists none is about its subject and whom requests name. */
function* declared(role: string, { roles }: Scope, path: Path): Iterable<EntryFault> {
  if (roles.length === 0 || roles.some(({ id }) => id === role)) return
  yield fault(path, 'role', `表单没有角色 ${role}`, `the form has no role \`${role}\``)
}

function* conditions({ questions }: Scope, when: When[] | undefined, path: Path): Iterable<EntryFault> {
  for (const [i, { question, is }] of (when ?? []).entries()) {
    const asked = questions.find(({ id }) => id === question)
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
