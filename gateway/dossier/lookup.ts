import type { Catalog } from '../catalog/types.ts'
import type { Subject } from '../exchange.ts'
import type { AdministrativeRecords, Operator } from '../operators/types.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { type ObjectSchema, subjectSchema } from '../requests/exchange-request.schema.ts'
import { normaliseSubject } from '../requests/subjects.ts'
import { createShapeCheck } from '../requests/validators.ts'
import type { AccessCounts, AccessHistory } from './accesses.ts'
import type { Cursors } from './cursor.ts'
import { type AuditLine, auditLine, member } from './present.ts'

export const REASON = { type: 'string', description: '查阅事由，留痕；不得含个人标识', minLength: 4, maxLength: 200 }

export const lookupSchema: ObjectSchema = {
  type: 'object',
  description: '一人一档、一企一档的访问侧 / the access side of one dossier',
  properties: {
    subject: subjectSchema,
    reason: REASON,
    limit: { type: 'integer', minimum: 1, maximum: 200 },
    cursor: { type: 'string', minLength: 1, maxLength: 500, pattern: '^[A-Za-z0-9_-]+$' },
  },
  required: ['subject', 'reason'],
  additionalProperties: false,
}

const lookupShape = createShapeCheck<{ subject: Subject; reason: string; limit?: number; cursor?: string }>(
  lookupSchema,
)
const DEFAULT_LIMIT = 50
export interface LookupDeps {
  history: AccessHistory
  cursors: Cursors
  digests: SubjectDigests
  records: AdministrativeRecords
  catalog: () => Catalog
  now: () => number
}

export interface LookupAnswer {
  subject: Pick<Subject, 'type' | 'idType'>
  counts: Omit<AccessCounts, 'byMember' | 'byScenario'> & {
    byDepartment: { id: string; name: string | null; count: number }[]
    byScenario: { id: string | null; name: string | null; count: number }[]
  }
  lines: AuditLine[]
  next: string | null
  /** Every suppression there ever was for this subject, ended ones too. */
  suppressions: SuppressionView[]
  /** This view's own record. */
  recordedAs: string
}

export interface SuppressionView {
  id: string
  member: string | null
  scenario: string | null
  legalBasis: string
  from: string
  until: string
  approvedBy: string
  enteredBy: string
  liftedAt: string | null
}

/** Who looked at this subject, when, for what, under which grant, with what outcome (R58). The data side is not here. */
export function createLookup(deps: LookupDeps) {
  return async function lookup(operator: Operator, body: Record<string, unknown>): Promise<LookupAnswer> {
    const { subject: asked, limit = DEFAULT_LIMIT, cursor, reason } = lookupShape(false, body)
    const nowMs = deps.now()
    const subject = normaliseSubject(asked, '/subject', nowMs)
    const subjectDigest = deps.digests.of(subject)
    const before = cursor === undefined ? null : deps.cursors.open('lookup', subjectDigest, cursor)
    const query = { subjectDigest, view: 'auditor' as const, nowMs }
    const [counts, lines, suppressions] = await Promise.all([
      deps.history.counts(query),
      deps.history.page({ ...query, before, limit: limit + 1 }),
      deps.history.suppressions(subjectDigest),
    ])
    const shown = lines.slice(0, limit)
    // Recorded before it is answered: whoever looks into a dossier is found there too.
    const { exchangeId } = await deps.records.append({
      operator,
      verb: 'dossier.view',
      subjectDigest,
      target: null,
      reason,
      details: { idType: subject.idType, lines: shown.length, total: counts.total, firstPage: before === null },
    })
    return {
      subject: { type: subject.type, idType: subject.idType },
      counts: namedCounts(counts, deps.catalog()),
      lines: shown.map((line) => auditLine(line, deps.catalog())),
      next: lines.length > limit ? deps.cursors.seal('lookup', subjectDigest, shown.at(-1)!.index) : null,
      suppressions: suppressions.map((each) => ({
        id: each.id,
        member: each.member,
        scenario: each.scenario,
        legalBasis: each.legalBasis,
        from: new Date(each.fromMs).toISOString(),
        until: new Date(each.untilMs).toISOString(),
        approvedBy: each.approvedBy,
        enteredBy: each.enteredBy,
        liftedAt: each.liftedAtMs === null ? null : new Date(each.liftedAtMs).toISOString(),
      })),
      recordedAs: exchangeId,
    }
  }
}

function namedCounts({ byMember, byScenario, ...totals }: AccessCounts, catalog: Catalog): LookupAnswer['counts'] {
  return {
    ...totals,
    byDepartment: byMember.map(({ member: id, count }) => ({ ...member(catalog, id), count })),
    byScenario: byScenario.map(({ scenario, count }) => ({
      id: scenario,
      name: catalog.scenarios.get(scenario ?? '')?.name ?? null,
      count,
    })),
  }
}
