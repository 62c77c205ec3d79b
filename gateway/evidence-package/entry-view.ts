/**
 * A record's entry, as far as packages read it: exchanges, administrative acts, reports, a subject's own view; older
 * versions too. Absent members read as null.
 */
export interface EntryView {
  /** `exchange`, `administration`, `my-data`, or the kind of a report. */
  kind: string
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
  /** Where the request came in an older dialect: which, and the profile that admitted it. */
  dialect: { name: string; profile: string | null; document: string | null } | null
  onBehalfOf: string | null
  operator: { commitment: string; assurance?: string; role?: string } | null
  scenario: string | null
  item: string | null
  case: string | null
  application: string | null
  purpose: string | null
  legalBasis: string[] | null
  subject: { type?: string; idType?: string; commitment: string } | null
  /** Reports only: everybody the report is about. */
  subjects: { role: string; type: string; idType: string; commitment: string }[] | null
  parties: Record<string, { type: string; idType: string; commitment: string }> | null
  fields: Record<string, string[]> | null
  released: Record<string, string[]> | null
  masked: Record<string, string[]> | null
  sources: Record<
    string,
    {
      status: string
      cache: string
      asOf: string | null
      /** Exchanges in which the values were declared, where no register speaks. */
      declaredIn?: string[]
      /** How the question stood, where the source is people. */
      task?: { id: string; state: string }
    }
  > | null
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
    'kind gateway exchangeId at receivedAt mode outcome code reasons member system signed dialect onBehalfOf operator scenario item case application purpose legalBasis subject subjects parties fields released masked sources grants authorisationVersion policyVersion catalogVersion requestHash evidenceHash address correlationId verb target reason details' as const
  )
    .split(' ')
    .map((name) => [name, null]),
) as Record<keyof EntryView, null>

/** Errors: throws for bytes that are not JSON. */
export function readEntry(bytes: Buffer): EntryView {
  const entry = { ...MEMBERS, ...(JSON.parse(bytes.toString('utf8')) as EntryView) }
  // Reports name fields one by one; exchanges, which may have hundreds, by dataset.
  const fields = Array.isArray(entry.fields) ? grouped(entry.fields as string[]) : entry.fields
  return { ...entry, fields }
}

/** True for what may release values under a grant; the rest is recorded in the same log and has less to check. */
export const isExchange = ({ kind }: Pick<EntryView, 'kind'>): boolean => kind === 'exchange'

/** `dataset.field` (`role:dataset.field`) names of a grouped list. */
export const fieldNames = (groups: Record<string, string[]> | null): string[] =>
  Object.entries(groups ?? {}).flatMap(([group, fields]) => fields.map((field) => `${group}.${field}`))

function grouped(names: readonly string[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {}
  for (const name of names) {
    const dot = name.lastIndexOf('.')
    const group = name.slice(0, Math.max(dot, 0))
    groups[group] = [...(groups[group] ?? []), name.slice(dot + 1)]
  }
  return groups
}
