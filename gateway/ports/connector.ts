import type { SubjectType } from '../catalog/types.ts'

/** Who asks, as sources that demand it must be told (R149): built from the authenticated request, never from free fields. */
export interface CallerBlock {
  organisation: { id: string; name: string; uscc: string }
  system: string
  officer: { id: string; name: string | null; unit: string | null } | null
  scenario: string
  item: { id: string; name: string } | null
  case: string | null
  businessType: string | null
  exchangeId: string
}

export interface Lookup {
  subjectType: SubjectType
  /** The dataset's declared inputs, by name, in normal form. Absent optional inputs are left out. */
  inputs: Readonly<Record<string, string>>
  /** Source fields wanted: the permitted fields and what permitted derived fields are computed from. Sorted. */
  fields: readonly string[]
  caller: CallerBlock
}

/** What the source said: rows keyed by the dataset's field ids. No rows = not found. */
export interface SourceAnswer {
  records: Record<string, unknown>[]
  /** When the source says the data is from; milliseconds since the epoch. */
  asOfMs: number
  /** The source itself says the question lies outside what it covers. */
  notCovered?: boolean
}

/**
 * One source of one dataset.
 *
 * Errors: `provider.unreachable` (no connection, HTTP 5xx, refused), `provider.timeout` (the signal fired),
 *         `provider.contract` (an answer that cannot be read as records). A connector does not retry, cache or bound
 *         concurrency; decorators do (`gateway/adapters/connectors/`).
 */
export interface Connector {
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
}

export interface ConnectorDeps {
  datasetId: string
  /** The dataset's declared field ids with their types. */
  fields: readonly { id: string; type: string }[]
  /** Networks the endpoint's host must lie in (R59), checked at load and at each connect. */
  networks: readonly string[]
  endpoint: Endpoint
  now: () => number
}

export interface ConnectorFactory {
  kind: string
  /** JSON Schema (2020-12) of the dataset's `connector.config`. Every kind has a string member `endpoint`. */
  configSchema: Record<string, unknown>
  create(config: Record<string, unknown>, deps: ConnectorDeps): Connector
}
