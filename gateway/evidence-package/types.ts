import type { Grant } from '../../policies/engine/types.ts'

/** What may be erased of a record, as far as opening and checking need it. */
export interface SealedSide {
  salt: Buffer
  sealedOperator: Buffer | null
  sealedRequest: Buffer | null
}

export interface GrantChange {
  version: string
  at: string
  by: string
  from: string | null
  to: string | null
  reason: string
}

export type PublishedKind = 'catalog' | 'policy'

/** What an evidence package is made of beside the record itself. */
export interface EvidenceStore {
  /** Undefined when there is no such record, or its sides were erased. */
  sealed(exchangeId: string): Promise<SealedSide | undefined>
  /** The grant as it stood at a version of the authorisations; the latest for null. */
  grantAt(grantId: string, version: bigint | null): Promise<{ document: Grant; version: string } | undefined>
  grantChanges(grantId: string): Promise<GrantChange[]>
  /** Keeps the text behind a version for ever; the same again is nothing new. */
  keepVersion(kind: PublishedKind, version: string, text: string): Promise<void>
  publishedVersion(kind: PublishedKind, version: string): Promise<string | undefined>
  close(): Promise<void>
}

/** One thing that was looked at, and what was found. */
export interface Check {
  id: string
  zh: string
  en: string
  /** `not-applicable`: this record has no such thing. `not-possible`: what the check needs is not in the package. */
  result: 'passed' | 'failed' | 'not-applicable' | 'not-possible'
  detail: { zh: string; en: string }
}

/** What a package says about itself; signed by the gateway as `manifest.jws`. */
export interface Manifest {
  format: 'guanyi-evidence-package'
  version: 1
  gateway: string
  exchangeId: string
  index: string
  builtAt: string
  builtBy: { member: string; role: string }
  reason: string | null
  /** The administrative record of this very building. */
  builtUnder: string
  /** True when the signed request, and with it personal data, is inside. */
  requestOpened: boolean
  /** Null where nothing was released. */
  valuesHeldBy: { member: string | null; system: string | null }
  checks: Check[]
  files: { name: string; bytes: number; sha256: string }[]
}
