import type { Decision, Grant, Mode } from '../policies/engine/types.ts'
import type {
  Catalog,
  DatasetEntry,
  IdType,
  MaskRule,
  MemberEntry,
  Scalar,
  SubjectType,
  SystemEntry,
} from './catalog/types.ts'
import type { DeclaredOrigin, HopReference, TaskOrigin } from './ports/connector.ts'
import type { PrefillFacts } from './prefill/types.ts'

/** A person, organisation or thing asked about, identifier in normal form. */
export interface Subject {
  type: SubjectType
  idType: IdType
  id: string
  name?: string
}

export interface Operator {
  id: string
  name?: string
  unit?: string
  assurance: 'asserted' | 'verified'
}

/** The members of a request (design §4), after schema check and normalisation. */
export interface ExchangeRequest {
  jti: string
  scenario: string
  item?: string
  case?: string
  application?: string
  purpose: string
  onBehalfOf?: string
  operator?: Operator
  subject: Subject
  parties?: Record<string, Subject>
  keys?: Record<string, string>
  /** `query`: what is asked for. */
  fields?: string[]
  /** `verify`: what is compared. */
  claims?: Record<string, Scalar>
  maxAgeSeconds?: number
  /** Gateways the question came through, first one first; a gateway that finds itself there refuses. */
  via?: string[]
  retryOf?: string
}

/** What a department reports or asks that is no exchange under a grant; recorded all the same. */
export type ReportOp = 'events' | 'changes' | 'corrections' | 'usage' | 'declarations' | 'tasks'
/** Last path segment of the POST; for an exchange also the record's mode. */
export type Operation = Mode | ReportOp | 'my-data' | 'batches' | 'recheck' | 'materials'

/** A call as it came off the wire. */
export interface Received {
  op: Operation
  body: Buffer
  contentType: string
  authorization: string | undefined
  accept: string | undefined
  /** Client address: the peer, or what a trusted proxy says. */
  address: string | null
  correlationId: string | null
  receivedAtMs: number
}

/** Who is asking: established by signature or token. */
export interface Sender {
  system: SystemEntry
  member: MemberEntry
  /** True when the body itself is signed. */
  signed: boolean
}

export interface RequestedField {
  /** As written: `dataset.field` or `role:dataset.field`. */
  name: string
  role: string | null
  dataset: DatasetEntry
  field: string
  derived: boolean
}

/** Which dialect a request came in, and what admitted it. */
export interface DialectFacts {
  name: string
  /** Null where the caller has none for the service it asked. */
  profile: string | null
  /** base64url SHA-256 of the signed profile as it stood. */
  document: string | null
}

/** The sender is known; from here on every outcome is recorded. */
export interface Authenticated {
  received: Received
  exchangeId: string
  /** The directory version this exchange is decided and recorded under. */
  catalog: Catalog
  sender: Sender
  /** base64url SHA-256 of the body bytes as received. */
  requestHash: string
  /** The signed payload, or the bytes of a plain body, not yet checked. */
  payload: Record<string, unknown> | Buffer
  /** The bytes the members were, or will be, read from. */
  payloadBytes: Buffer
  /** Set where the request came in an older dialect, under a signed profile. */
  dialect?: DialectFacts
}

/** The request is well formed, fresh and its first use; the subject is identified. */
export interface Identified extends Authenticated {
  received: Received & { op: Mode }
  requestId: { iss: string; jti: string; expiresAtMs: number }
  request: ExchangeRequest
  /** The department whose grants decide. */
  acting: MemberEntry
  fields: RequestedField[]
  /** Set where the exchange is one of a prefill's. */
  prefill?: PrefillFacts
}

export interface Authorised extends Identified {
  decision: Extract<Decision, { effect: 'permit' }>
  /** The grants the permit rests on. */
  grants: Grant[]
  /** Version of the grants it was decided under; the record's transaction compares it (invariant 5). */
  authorisationVersion: bigint
  /** Mask to apply to a requested field; fields without an entry are released as they are. */
  masks: Record<string, MaskRule>
}

export type SourceStatus = 'ok' | 'not-found' | 'not-covered' | 'unavailable'

/** What one (role, dataset) pair answered. `key` is `dataset` or `role:dataset`. */
export interface DatasetAnswer {
  key: string
  role: string | null
  dataset: DatasetEntry
  status: SourceStatus
  records: Record<string, unknown>[]
  asOfMs: number | null
  fetchedAtMs: number | null
  cache: 'hit' | 'miss' | 'bypass'
  /** Why it is unavailable. */
  failure?: 'provider.unreachable' | 'provider.timeout' | 'provider.contract'
  /** Steps the answer took beyond its source, nearest first. */
  provenance?: HopReference[]
  /** Whose word the values are, where no register speaks. */
  declared?: DeclaredOrigin[]
  /** Of an answer that came from its source in this exchange. */
  checks?: AnswerChecks
  /** The source is people (协查): how the question stands. */
  task?: TaskOrigin
  /** Shared answer of one source call; put into the cache once `shape` has found it valid. */
  store?: () => Promise<void>
}

/** How many of an answer's rows and values pass their rules; no value. */
export interface AnswerChecks {
  /** The answer breaks its contract and was not used. */
  broken: boolean
  rows: number
  rowsFailed: number
  values: number
  valuesFailed: number
}

/** No word from the source at all: neither an answer nor that a question to people was taken up. */
export const isSilent = ({ status, task }: Pick<DatasetAnswer, 'status' | 'task'>): boolean =>
  status === 'unavailable' && task === undefined

export interface Fetched extends Authorised {
  answers: DatasetAnswer[]
}

export interface SourceEntry {
  provider: string
  status: SourceStatus
  asOf: string | null
  fetchedAt: string | null
  cache: 'hit' | 'miss' | 'bypass'
  masked: string[]
  /** Steps the answer took beyond its source, nearest first; each can be looked up at its hop. */
  provenance?: HopReference[]
  /** Whose word the values are (最多报一次), where no register speaks. */
  declared?: DeclaredOrigin[]
  /** The source is people (协查): how the question stands. While it is pending or declined the status is `unavailable`. */
  task?: TaskOrigin
  /** Number of the open correction about this source and subject (R45). */
  disputed?: string
}

export type ReleasedRow = Record<string, Scalar>
export type ReleasedData = Record<string, ReleasedRow | ReleasedRow[]>
export type VerifyResult = 'match' | 'mismatch' | 'not-found'

export interface Shaped extends Fetched {
  data: ReleasedData
  sources: Record<string, SourceEntry>
  complete: boolean
  results: Record<string, VerifyResult> | null
  /** Fields read for a check or a choice only: compared, never released. */
  withheld?: ReadonlySet<string>
}

export interface Signed extends Shaped {
  /** Compact SD-JWT with every disclosure. */
  evidence: string
  /** The issuer-signed JWT alone: digests only, kept for years. */
  issuerJwt: string
}

export interface Recorded extends Signed {
  index: bigint
}

export type { Mode }
