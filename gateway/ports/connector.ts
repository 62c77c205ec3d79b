import type { SubjectType } from '../catalog/types.ts'
import type { ClerkDesk, DeclineReason } from './clerk-desk.ts'
import type { DeclaredValues, VerificationMethod } from './declared-values.ts'
import type { SharedSecrets } from './shared-secrets.ts'

/** Who asks, as sources that demand it must be told (R149): built from the authenticated request, never from free fields. */
export interface CallerBlock {
  organisation: { id: string; name: string; uscc: string }
  system: string
  officer: { id: string; name: string | null; unit: string | null } | null
  scenario: string
  item: { id: string; name: string } | null
  case: string | null
  businessType: string | null
  /** The grant's purpose under which the question is asked. */
  purpose: string
  exchangeId: string
  /** Gateways the question came through before this one, first one first; absent when it came from its asker. */
  via?: readonly string[]
}

export interface Lookup {
  subjectType: SubjectType
  /** The dataset's declared inputs, by name, in normal form. Absent optional inputs are left out. */
  inputs: Readonly<Record<string, string>>
  /** Source fields wanted: the permitted fields and what permitted derived fields are computed from. Sorted. */
  fields: readonly string[]
  caller: CallerBlock
  /**
   * The subject's cache epoch when the question was asked. Calls join only within one epoch: a question asked after a
   * correction never gets the answer of a call that began before it.
   */
  epoch?: string
}

/** Where an answer came from beyond the source asked: one step of its way, and what to look for there. */
export interface HopReference {
  /** Gateway or platform. */
  hop: string
  /** The number the exchange or call has there. */
  exchange: string
  /** base64url SHA-256 of the issuer-signed JWT of the hop's evidence, and the key that signed it; absent where the hop gives none. */
  evidenceHash?: string
  kid?: string
  /** As whom the hop was asked: our system there, and the department it was told we act for. */
  system?: string
  onBehalfOf?: string
  /**
   * That issuer-signed JWT itself: digests only, no value. Of the nearest hop; those further on are within it. Left out
   * where it would tell more than is released (`shape`).
   */
  evidence?: string
}

/** Whose word an answer's values are (最多报一次), as answers and evidence name it; no value in it. */
export interface DeclaredOrigin {
  fields: string[]
  /** Member that verified them. */
  by: string
  /** RFC 3339. */
  declaredAt: string
  verifiedAt: string
  method: VerificationMethod
  /** `YYYYMMDD` */
  validUntil: string
  /** The exchange they were declared in. */
  exchange: string
}

/** How a question to people (协查) stands; no value in it. */
export type TaskOrigin =
  /** `dueOn` is `YYYYMMDD`; null where no official calendar gives a day. */
  | { id: string; state: 'pending'; dueOn: string | null }
  /** `goodUntil` is RFC 3339: until then the same question is answered from it. */
  | { id: string; state: 'answered'; goodUntil: string }
  | { id: string; state: 'declined'; reason: DeclineReason }

/** What the source said: rows keyed by the dataset's field ids. No rows = not found. */
export interface SourceAnswer {
  records: Record<string, unknown>[]
  /** When the source says the data is from; milliseconds since the epoch. */
  asOfMs: number
  /** The source itself says the question lies outside what it covers. */
  notCovered?: boolean
  /** Nearest hop first; absent when the source is the last. */
  provenance?: HopReference[]
  /** One per declaration the values rest on; absent where a register speaks. */
  declared?: DeclaredOrigin[]
  /** The source is people. Unless `answered` there is no answer yet, or none will come, and no row. */
  task?: TaskOrigin
  /** Not to be read again after this moment, whatever the dataset's time to live; milliseconds since the epoch. */
  goodUntilMs?: number
}

/**
 * One source of one dataset.
 *
 * Errors: `provider.unreachable` (no connection, HTTP 5xx, refused), `provider.timeout` (the signal fired),
 *         `provider.contract` (an answer that cannot be read as records). A connector does not retry, cache or bound
 *         concurrency; decorators do (`gateway/adapters/connectors/`).
 */
export interface Connector {
  /** Members of the caller block the source is told (`officer.id` …); empty or absent when it is told none. */
  readonly callerMembers?: readonly string[]
  /** Answers are good for this question only and never cached (R111, R153). */
  readonly live?: boolean
  fetch(lookup: Lookup, signal: AbortSignal): Promise<SourceAnswer>
  /** A cheap call that shows the source is reachable; used by `guanyi doctor`. */
  probe(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Where a source lives and how to log in there: installation data, never part of the published catalogue. */
export interface Endpoint {
  url: string
  /** Extra headers or login, as the kind documents. */
  secret?: Record<string, string>
  /** Connections one gateway process may hold there; the kind's default when absent. */
  connections?: number
}

/** Stores of the gateway itself that some kinds read in place of an endpoint. */
export interface OwnStores {
  declared: DeclaredValues
  desk: ClerkDesk
}

export interface ConnectorDeps {
  datasetId: string
  /** The dataset's declared field ids with their types. */
  fields: readonly { id: string; type: string }[]
  /** Names of the dataset's declared inputs. */
  inputs: readonly string[]
  /** Networks the endpoint's host must lie in (R59), checked at load and at each connect. */
  networks: readonly string[]
  endpoint: Endpoint
  /** The dataset's time limit: a second bound for what the signal cannot reach (a statement running in a database). */
  timeoutMs: number
  now: () => number
  /** This gateway's own id; needed by kinds that speak to other gateways. */
  gatewayId?: string
  /** Where the catalogue lies, for what belongs to it but is no JSON (service descriptions); `catalogs` when absent. */
  catalogDir?: string
  /** Something people must look at although answers go on, as a fixed word (`delivery-refused`, `secret-refresh`). */
  alarm?: (word: string) => void
  /** Where secrets that a partner renews are kept for all processes. */
  sharedSecrets?: SharedSecrets
  /** Present for kinds that are `own`. */
  own?: OwnStores
  /** A fresh id for sources that want one per call. */
  newId: () => string
}

/** A kind of source. A kind names the type of its own config: what `configSchema` lets through when the catalogue is loaded. */
export interface ConnectorFactory {
  kind: string
  /** JSON Schema (2020-12) of the dataset's `connector.config`; a string member `endpoint` unless the kind is `own`. */
  configSchema: Record<string, unknown>
  /** Answered from the gateway's own stores: it has no endpoint, and is built only where those stores are. */
  own?: true
  /** Errors: throws where config or endpoint cannot be used. */
  create(config: object, deps: ConnectorDeps): Connector
}

/** What `guanyi doctor` prints of one source. */
export interface ProbeResult {
  dataset: string
  ok: boolean
  /** Failure code when not reachable. */
  code?: string
}

/** One ready connector per dataset, built at start. */
export interface ConnectorRegistry {
  /** Errors: `internal` when the dataset has no connector. */
  get(datasetId: string): Connector
  probe(signal: AbortSignal): Promise<ProbeResult[]>
  close(): Promise<void>
}
