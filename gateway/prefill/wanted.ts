import { KIND as CLERK_TASK } from '../../connectors/clerk-task/config.ts'
import { KIND as DECLARED_VALUES } from '../../connectors/declared-values/config.ts'
import { parseFieldName } from '../catalog/field-ref.ts'
import type {
  CertificateEntry,
  FormEntry,
  FormField,
  FormMaterial,
  FormSource,
  When,
} from '../catalog/further-types.ts'
import type { Catalog } from '../catalog/types.ts'

/** The role every form's main bearer has; in field names it is not written. */
export const MAIN = 'subject'
export const roleOf = (name: string): string => parseFieldName(name)?.role ?? MAIN
export const prefixed = (role: string, name: string): string => (role === MAIN ? name : `${role}:${name}`)

export const certificateOf = (catalog: Catalog, id: string | undefined): CertificateEntry | undefined =>
  id === undefined ? undefined : catalog.certificates.get(id)

/** Face fields that say whether a certificate is good. */
export const STATE_FACES = ['certificateNumber', 'state', 'validUntil'] as const

/** The data field a form's source reads, and what its record is chosen by; nothing where the source is not data. */
export function fieldsOfSource(catalog: Catalog, source: FormSource, role: string): string[] {
  if (source.kind === 'field' && source.field !== undefined) {
    const base = source.field.slice(0, source.field.lastIndexOf('.') + 1)
    const chosenBy = [source.select?.field, ...(source.select?.where ?? []).map(({ field }) => field)]
    return [source.field, ...chosenBy.flatMap((field) => (field === undefined ? [] : [`${base}${field}`]))]
  }
  const dataset = certificateOf(catalog, source.certificate)?.dataset
  if (source.kind !== 'certificate' || dataset === undefined || source.faceField === undefined) return []
  return [...new Set([source.faceField, 'state'])].map((face) => prefixed(role, `${dataset}.${face}`))
}

/** The data fields that stand in for a material. */
export function fieldsOfMaterial(catalog: Catalog, material: FormMaterial): string[] {
  if (material.fields !== undefined) return material.fields
  const certificate = certificateOf(catalog, material.certificate)
  const entry = certificate?.dataset === undefined ? undefined : catalog.datasets.get(certificate.dataset)
  return STATE_FACES.filter((face) => entry?.fields.some(({ id }) => id === face)).map((face) =>
    prefixed(material.role ?? MAIN, `${entry!.id}.${face}`),
  )
}

/** Alternatives for one thing: the first that is granted is read, the others are not asked for. */
export type Choice = string[][]

const kindOf = (catalog: Catalog, name: string | undefined): string | undefined =>
  catalog.datasets.get(parseFieldName(name ?? '')?.dataset ?? '')?.connector.kind

/** What somebody once declared stands behind what registers say, and is read beside it: it serves where they know nothing. */
const isLastResort = (catalog: Catalog, [name]: readonly string[]): boolean => kindOf(catalog, name) === DECLARED_VALUES

/**
 * Everything a form would read, as far as the answers the applicant gave do not rule it out.
 * What hangs on a 情形 that data will settle is read with the rest, and released only when it is settled that way.
 */
export function choicesOf(catalog: Catalog, form: FormEntry, answers: Record<string, string>): Choice[] {
  const ruledOut = (when: When[] | undefined): boolean =>
    (when ?? []).some(({ question, is }) => {
      const entry = form.questions.find(({ id }) => id === question)
      const given = answers[question]
      return entry?.answeredBy === undefined && given !== undefined && !is.includes(given)
    })
  /** People are asked for what the case needs, and not because a form was opened: its 情形 must be settled by the applicant. */
  const settled = (when: When[] | undefined): boolean =>
    (when ?? []).every(({ question, is }) => is.includes(answers[question] ?? ''))
  const worthAsking =
    (when: When[] | undefined) =>
    (names: string[]): boolean =>
      settled(when) || !names.some((name) => kindOf(catalog, name) === CLERK_TASK)
  const ofField = ({ sources, role, when }: FormField): Choice[] => {
    const read = sources
      .map((source) => fieldsOfSource(catalog, source, role))
      .filter((names) => names.length > 0)
      .filter(worthAsking(when))
    const [last, first] = [true, false].map((wanted) => read.filter((names) => isLastResort(catalog, names) === wanted))
    return [first!, ...last!.map((names) => [names])]
  }
  return [
    ...form.fields.filter(({ when }) => !ruledOut(when)).flatMap(ofField),
    ...form.questions.flatMap(({ answeredBy }) => (answeredBy === undefined ? [] : [[[answeredBy]]])),
    ...(form.roles ?? [])
      .flatMap(({ relation }) => relation ?? [])
      .flatMap((check) => [[[check.field]], ...('sameAs' in check ? [[[check.sameAs]]] : [])]),
    ...form.materials
      .filter(({ when }) => !ruledOut(when))
      .map((each) => [fieldsOfMaterial(catalog, each)].filter(worthAsking(each.when))),
  ].filter((choice) => choice.some((names) => names.length > 0))
}
