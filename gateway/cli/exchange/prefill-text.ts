import type { PrefillAnswer, PrefilledForm } from '../../client/prefill.ts'
import type { FilledField, MaterialState } from '../../prefill/types.ts'
import { table } from '../layout/table.ts'
import type { Terminal } from '../terminal.ts'

const EMPTY: Record<NonNullable<FilledField['empty']>, [zh: string, en: string]> = {
  'not-granted': ['未获授权', 'not granted'],
  'not-found': ['未查到', 'not found'],
  unavailable: ['数源未应答', 'source away'],
  'not-covered': ['不在数源覆盖范围', 'not covered'],
  'ask-applicant': ['请申请人填写', 'ask the applicant'],
  'open-situation': ['待回答情形', 'situation open'],
  'not-applicable': ['不适用', 'not applicable'],
  pending: ['协查中', 'people are being asked'],
}
export const GROUND = {
  certificate: ['证照替代', 'certificate'],
  'data-sharing': ['数据共享', 'data sharing'],
  abolished: ['已取消', 'abolished'],
}

/** A prefill as a form in the terminal: what is filled and from where, what is still to be handed in. */
export function prefillText(answer: PrefillAnswer, terminal: Terminal): string {
  const forms = answer.forms ?? (answer.form === undefined ? [] : [answer as PrefilledForm])
  const done = forms.map((form) => formText(form, terminal))
  const records = answer.exchanges.map(
    ({ exchangeId, index, role, outcome }) => `${role}  ${exchangeId}  #${index}  ${outcome}`,
  )
  return [...done, terminal.dim(records.join('\n'))].join('\n\n')
}

function formText(form: PrefilledForm, terminal: Terminal): string {
  const say = ([zh, en]: readonly string[]): string => (terminal.lang === 'zh' ? zh! : en!)
  const shown = form.fields.filter(({ empty }) => empty !== 'not-applicable')
  const fields = shown.map((field) => [field.name, shownValue(field, say), shownSource(field, say)])
  const situations = form.situations
    .filter(({ state }) => state !== 'not-applicable')
    .map(({ text, value, dataset }) => `${text} ${value ?? '？'}${dataset === undefined ? '' : ` ← ${dataset}`}`)
  const materials = form.materials
    .filter(({ state }) => state !== 'not-applicable')
    .map((material) => [material.name, materialWords(material, say)])
  return [
    terminal.bold(form.name),
    ...situations,
    table([say(['字段', 'field']), say(['值', 'value']), say(['来源', 'source'])], fields, terminal),
    table([say(['材料', 'material']), ''], materials, terminal),
  ].join('\n')
}

export function shownValue(
  { value, options, verified, empty }: FilledField,
  say: (words: readonly string[]) => string,
): string {
  if (verified) return say(['已核验', 'verified'])
  if (options !== undefined) return `${say(['请选择', 'choose'])}：${options.join(' | ')}`
  if (value !== undefined) return String(value)
  return `（${say(EMPTY[empty ?? 'ask-applicant'])}）`
}

function shownSource({ source }: FilledField, say: (words: readonly string[]) => string): string {
  const { dataset = '', declared } = source ?? {}
  if (declared === undefined) return dataset
  const { by, verifiedAt, validUntil } = declared
  const day = verifiedAt.slice(0, 10).replaceAll('-', '')
  return `${dataset}${say([`（${by} ${day} 核实，至 ${validUntil}）`, ` (verified by ${by} ${day}, until ${validUntil})`])}`
}

function materialWords(
  { state, ground, instead, task }: MaterialState,
  say: (words: readonly string[]) => string,
): string {
  if (state === 'not-needed')
    return `${say(['免提交', 'not needed'])}：${ground === undefined ? '' : say(GROUND[ground])}`
  if (state === 'open-situation') return say(['待回答情形', 'situation open'])
  if (state === 'pending') {
    const due = task?.dueOn ?? null
    return due === null
      ? say(['协查中，暂免提交', 'being asked for; not needed meanwhile'])
      : say([`协查中，${due} 前答复，暂免提交`, `being asked for until ${due}; not needed meanwhile`])
  }
  return `${say(['请提交', 'please submit'])}${instead === 'commitment' ? say(['（可告知承诺）', ' (or declare)']) : ''}`
}
