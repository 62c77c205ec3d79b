import type { Condition, Scalar, SubjectType } from './types.ts'

/** TypeScript face of the schemas of forms, field sets, certificates, bundles, tasks and calendars. */

export interface When {
  question: string
  is: string[]
}

/** `subject`: an attribute of the bearer of the field's role, as the request names it. `certificate`: that bearer's certificate. */
export interface FormSource {
  kind: 'field' | 'certificate' | 'subject' | 'case' | 'constant'
  field?: string
  certificate?: string
  faceField?: string
  attribute?: 'id' | 'idType' | 'name' | 'case' | 'application'
  value?: Scalar
  select?: { by: 'latest' | 'earliest' | 'where' | 'ask'; field?: string; where?: Condition[] }
  transform?: 'none' | 'date-to-text' | 'month-to-text' | 'fen-to-yuan' | 'code-to-name' | 'age' | 'join'
}

/**
 * One check that proves a relation from data; exactly one of the three is given. `id`: the field's value is the identifier of
 * that role's bearer; `sameAs`: it equals that other field. The field is read for its own role, `subject` where it names none.
 */
export type RelationCheck = { field: string } & ({ is: Scalar } | { id: string } | { sameAs: string })

/** Who or what takes part in a form. The main one is always `subject`, as in requests. */
export interface FormRole {
  id: string
  name: string
  type: SubjectType
  /** Applies and signs; values of all others are shown masked or as verified only. */
  applicant: boolean
  required: boolean
  when?: When[]
  /** Any one that holds proves the relation. */
  relation?: RelationCheck[]
}

/** Which value of the answering field chooses an option; the first that fits decides. Dates compare as `YYYYMMDD` text. */
export interface QuestionAnswer {
  value: string
  equals?: Scalar
  in?: Scalar[]
  atLeast?: string | number
  atMost?: string | number
  startsWith?: string
  otherwise?: true
}

export interface FormField {
  id: string
  name: string
  element: string
  role: string
  type: 'string' | 'integer' | 'boolean' | 'date' | 'month'
  maxLength?: number
  codeList?: string
  required: boolean
  editable: boolean
  hint?: string
  sources: FormSource[]
  when?: When[]
}

export interface FormMaterial {
  code: string
  name: string
  issuer: string
  need: 'required' | 'deferrable' | 'conditional'
  when?: When[]
  alternatives?: string[]
  certificate?: string
  /** Whose; `subject` when absent. */
  role?: string
  fields?: string[]
  exemption?: 'certificate' | 'data-sharing' | 'commitment' | 'online-issue' | 'assistance' | 'abolished'
}

export interface FormEntry {
  id: string
  name: string
  item: string
  state: 'complete' | 'skeleton'
  basis: 'sample' | 'official'
  version: string
  /** Sets whose roles, fields and materials stand before the form's own. Put in when the catalogue is loaded; the names stay. */
  fieldSets?: string[]
  roles?: FormRole[]
  questions: FormQuestion[]
  fields: FormField[]
  materials: FormMaterial[]
  result?: { name: string; certificate?: string }
}

export interface FormQuestion {
  id: string
  text: string
  options: { value: string; label: string }[]
  /** Asked only after these answers to questions before it. */
  when?: When[]
  answeredBy?: string
  /**
   * How the field's value chooses an option. Without it the question is the applicant's to answer, and so it is when the
   * source has no record: not found is no proof of absence.
   */
  answers?: QuestionAnswer[]
}

/** Fields and materials that many forms share; only skeletons are made of them. */
export interface FieldSetEntry {
  id: string
  name: string
  basis: 'sample' | 'official'
  version: string
  roles: FormRole[]
  fields: FormField[]
  materials: FormMaterial[]
}

export interface CertificateEntry {
  id: string
  name: string
  source: { file: string; no: number }
  issuers: string[]
  issuerMembers: string[]
  levels: ('省级' | '市级' | '县级')[]
  holder: 'person' | 'organisation'
  state: 'complete' | 'skeleton'
  /** Of face fields and validity rule: the source lists have neither. */
  basis?: 'sample' | 'official'
  typeCode?: string
  faceFields: { id: string; name: string; type: string }[]
  validity: { kind: 'unstated' | 'long-term' | 'dated' | 'years'; years?: number }
  dataset?: string
  version: string
}

export interface BundleEntry {
  id: string
  name: string
  scenario: string
  audience: 'person' | 'organisation'
  basis: 'sample' | 'official'
  version: string
  items: { item: string; after: string[] }[]
  flows: { from: string; result: string; to: string; material: string }[]
  /** One thing asked once: the same data element of the same bearer, whichever items ask for it. */
  merge: { element: string; name: string; role?: string; items?: string[] }[]
  /** Without it a role is called the same in every item. */
  roles?: BundleRole[]
}

export interface BundleRole {
  id: string
  name: string
  type: SubjectType
  applicant: boolean
  /** What this bearer is in each item's form. */
  plays: { item: string; role: string }[]
}

/** A task of one of the plans (任务台账). */
export interface TaskEntry {
  /** `weihai-t-001` */
  id: string
  name: string
  task: string
  deadline: string
  source: { file: string; no: number }
  lead: string[]
  printed: { lead: string[]; responsible: string | null }
  version: string
}

export interface CalendarEntry {
  /** The year, four digits. */
  id: string
  name: string
  source: string
  /** Days off, both ends included; `YYYYMMDD`. */
  off: { name: string; from: string; to: string }[]
  workingWeekends: string[]
}
