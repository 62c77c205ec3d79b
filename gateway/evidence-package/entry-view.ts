/** A record's entry, as far as packages read it; both kinds, older versions too. Absent members read as null. */
export interface EntryView {
  kind: 'exchange' | 'administration'
  gateway: string
  exchangeId: string
  at: string
  receivedAt: string | null
  mode: string
  outcome: string
  code: string | null
  reasons: { rule: string; grant: string | null; policy: string | null }[] | null
  member: string
  system: string
  signed: boolean | null
  onBehalfOf: string | null
  operator: { commitment: string; assurance?: string; role?: string } | null
  scenario: string | null
  item: string | null
  case: string | null
  application: string | null
  purpose: string | null
  legalBasis: string[] | null
  subject: { type?: string; idType?: string; commitment: string } | null
  parties: Record<string, { type: string; idType: string; commitment: string }> | null
  fields: Record<string, string[]> | null
  released: Record<string, string[]> | null
  masked: Record<string, string[]> | null
  sources: Record<string, { status: string; cache: string; asOf: string | null }> | null
  grants: string[] | null
  authorisationVersion: string | null
  policyVersion: string
  catalogVersion: string
  requestHash: string | null
  evidenceHash: string | null
  address: string | null
  correlationId: string | null
  /** Administration only. */
  verb: string | null
  target: string | null
  reason: string | null
  details: Record<string, unknown> | null
}

const MEMBERS: Record<keyof EntryView, null> = Object.fromEntries(
  (
    'kind gateway exchangeId at receivedAt mode outcome code reasons member system signed onBehalfOf operator scenario item case application purpose legalBasis subject parties fields released masked sources grants authorisationVersion policyVersion catalogVersion requestHash evidenceHash address correlationId verb target reason details' as const
  )
    .split(' ')
    .map((name) => [name, null]),
) as Record<keyof EntryView, null>

/** Errors: throws for bytes that are not JSON. */
export const readEntry = (bytes: Buffer): EntryView => ({
  ...MEMBERS,
  ...(JSON.parse(bytes.toString('utf8')) as EntryView),
})

/** `dataset.field` (`role:dataset.field`) names of a grouped list. */
export const fieldNames = (groups: Record<string, string[]> | null): string[] =>
  Object.entries(groups ?? {}).flatMap(([group, fields]) => fields.map((field) => `${group}.${field}`))
