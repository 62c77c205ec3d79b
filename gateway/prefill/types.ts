import type { FormEntry } from '../catalog/further-types.ts'
import type { Scalar } from '../catalog/types.ts'
import type { Operator, SourceStatus, Subject } from '../exchange.ts'
import type { DeclaredOrigin } from '../ports/connector.ts'
import type { FormCounts } from './rates.ts'

/** The members of `POST /v1/prefill`, after schema check and normalisation. Exactly one of `item` and `bundle`. */
export interface PrefillRequest {
  jti: string
  item?: string
  bundle?: string
  scenario?: string
  purpose: string
  /** By item of a bundle, where a department's grant has another purpose. */
  purposes?: Record<string, string>
  onBehalfOf?: string
  case?: string
  application?: string
  operator?: Operator
  /** By role of the form or bundle; the form's main role is `subject`. */
  subjects: Record<string, Subject>
  /** The role whose bearer stands authenticated before the caller; by default the form's first applicant that is given. */
  applicant?: string
  /** 情形 the applicant has answered: question → option; `item:question` for one form of a bundle alone, which wins. */
  answers?: Record<string, string>
  keys?: Record<string, string>
  maxAgeSeconds?: number
  /** All sources together; what is not there by then stays empty. */
  deadlineMs?: number
}

/** `not-granted`, `not-found` and `not-related` are told of the main subject only; of others all three read `ask-applicant`. */
export type Empty =
  | 'not-granted'
  | 'not-found'
  | 'unavailable'
  | 'not-covered'
  | 'ask-applicant'
  | 'open-situation'
  | 'not-applicable'
  /** 协查中: people have been asked and have not answered yet. */
  | 'pending'

export interface FieldOrigin {
  kind: 'data' | 'request' | 'constant'
  dataset?: string
  field?: string
  provider?: string
  asOf?: string | null
  status?: SourceStatus
  /** Whose word it is, where no register speaks (最多报一次). */
  declared?: Omit<DeclaredOrigin, 'fields'>
}

export interface FilledField {
  id: string
  name: string
  role: string
  element: string
  required: boolean
  editable: boolean
  value?: Scalar
  /** Several records fit: the applicant chooses. */
  options?: Scalar[]
  /** The source holds it; the value is not for this reader. */
  verified?: true
  masked?: true
  source?: FieldOrigin
  empty?: Empty
  /** With `pending`: the task, and when it is due. */
  task?: PendingTask
}

export interface PendingTask {
  id: string
  /** `YYYYMMDD`; null where no official calendar gives a day. */
  dueOn: string | null
}

export interface Situation {
  id: string
  text: string
  state: 'settled' | 'open' | 'not-applicable'
  value?: string
  by?: 'data' | 'applicant'
  dataset?: string
  options?: { value: string; label: string }[]
}

export interface MaterialState {
  code: string
  name: string
  issuer: string
  need: 'required' | 'deferrable' | 'conditional'
  /** Certificate type of the catalogue, where the material is a licence. */
  certificate?: string
  state: 'not-needed' | 'please-submit' | 'open-situation' | 'not-applicable' | 'pending'
  /** 证照替代、数据共享、取消 */
  ground?: 'certificate' | 'data-sharing' | 'abolished'
  /** 告知承诺、网上开具、协查 in place of the paper. */
  instead?: 'commitment' | 'online-issue' | 'assistance'
  alternatives?: string[]
  materialRef?: string
  /** With `pending`: who was asked answers by then, and nothing need be handed in meanwhile. */
  task?: PendingTask
  datasets?: string[]
}

/** What the record of one exchange of a prefill says beyond the exchange itself: no value, no identifier. */
export interface PrefillFacts {
  form: string
  id: string
  role: string
  /** `null` where the form asks for none. */
  relation: Relation | null
  /** On the main bearer's exchange only, so that every form is counted once. */
  totals: PrefillTotals | null
}

/** What the rates are counted from. Entries of version 1 have `fields`, `filled`, `materials`, `notNeeded`, `recheck` only. */
export interface PrefillTotals extends FormCounts {
  /** 1 where the form was checked again and not filled: it was counted when it was filled. */
  recheck: number
  state: FormEntry['state']
  basis: FormEntry['basis']
  /** Whose grants decided; `null` where the caller is no agent of the item's department. */
  department: string | null
}

export type Relation = 'proven' | 'not-proven' | 'unavailable'

/** What a 核验单 says of one material. */
export interface MaterialNote {
  code: string
  name: string
  issuer: string
  ground: 'certificate' | 'data-sharing'
  item: string
  role: string
  /** Where it is a certificate that stands in for the paper: its type. */
  certificate?: string
  exchangeId: string
  index: string
  checked: { dataset: string; provider: string; asOf: string | null; fields: string[] }[]
}

/** One prefill as it is kept, sealed: whom it was about, and digests of what was filled in; no value. */
export interface KeptPrefill {
  request: PrefillRequest
  salt: string
  fields: { item: string; id: string; role: string; name: string; digest: string }[]
  /** Of datasets with many rows: what stands together in a row. Absent in what was kept before this was. */
  rows?: { item: string; key: string; names: string[]; digest: string }[]
  materials: MaterialNote[]
}

export interface PrefillStore {
  /** Errors: `record.unavailable`. */
  put(row: PrefillRow): Promise<void>
  find(id: string): Promise<PrefillRow | undefined>
  close(): Promise<void>
}

export interface PrefillRow {
  id: string
  system: string
  createdAtMs: number
  expiresAtMs: number
  sealed: Buffer
}
