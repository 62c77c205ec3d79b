import type { Condition, Scalar } from './types.ts'

/** TypeScript face of the schemas of forms, certificates, bundles and calendars. */

export interface When {
  question: string
  is: string[]
}

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
  questions: { id: string; text: string; options: { value: string; label: string }[]; answeredBy?: string }[]
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
  merge: { element: string; name: string }[]
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
