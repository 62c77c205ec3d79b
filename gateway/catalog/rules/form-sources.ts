import { type EntryFault, fault } from '../fault.ts'
import type { FormSource } from '../further-types.ts'
import { fieldMustExist, mustExist, type RuleContext } from './context.ts'

/** What each kind of source must say. */
const NEEDS: Record<FormSource['kind'], keyof FormSource> = {
  field: 'field',
  certificate: 'certificate',
  subject: 'attribute',
  case: 'attribute',
  constant: 'value',
}

/** A form field's source says what its kind needs, and what it names is there. */
export function* formSource(source: FormSource, path: EntryFault['path'], context: RuleContext): Iterable<EntryFault> {
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
  if (source.certificate === undefined) return
  yield* mustExist(context, 'certificates', source.certificate, [...path, 'certificate'])
  const face = context.get('certificates', source.certificate)?.faceFields
  if (face !== undefined && source.faceField !== undefined && !face.some(({ id }) => id === source.faceField)) {
    yield fault(
      [...path, 'faceField'],
      'face-field',
      `证照 ${source.certificate} 没有照面信息项 ${source.faceField}`,
      `certificate \`${source.certificate}\` has no face field \`${source.faceField}\``,
    )
  }
}
