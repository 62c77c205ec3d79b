import { ExchangeError } from '../errors/exchange-error.ts'
import { MOMENT } from '../events/event.schema.ts'
import type { Subject } from '../exchange.ts'
import type { Operator } from '../operators/types.ts'
import { type ObjectSchema, subjectSchema } from '../requests/exchange-request.schema.ts'
import { normaliseSubject } from '../requests/subjects.ts'
import { createShapeCheck } from '../requests/validators.ts'
import { type LookupDeps, REASON } from './lookup.ts'

export const suppressionSchema: ObjectSchema = {
  type: 'object',
  description: '依法暂缓告知：期限内不向本人显示 / lines the subject is not shown for a time',
  properties: {
    subject: subjectSchema,
    member: { type: 'string', description: '只限该部门的访问', pattern: '^[a-z][a-z0-9-]{1,63}$' },
    scenario: { type: 'string', description: '只限该场景的访问', pattern: '^[A-Z][0-9]{1,2}(\\.[0-9]{1,2})?$' },
    legalBasis: { type: 'string', minLength: 4, maxLength: 200 },
    from: { type: 'string', pattern: MOMENT },
    until: { type: 'string', pattern: MOMENT },
    approvedBy: { type: 'string', description: '批准人，不得是录入人本人', minLength: 2, maxLength: 100 },
    reason: REASON,
  },
  required: ['subject', 'legalBasis', 'from', 'until', 'approvedBy', 'reason'],
  additionalProperties: false,
}

export const liftSchema: ObjectSchema = {
  type: 'object',
  description: '提前终止暂缓告知 / ends a suppression before its time',
  properties: { id: { type: 'string', pattern: '^[1-9][0-9]{0,17}$' }, reason: REASON },
  required: ['id', 'reason'],
  additionalProperties: false,
}

interface WrittenSuppression {
  subject: Subject
  member?: string
  scenario?: string
  legalBasis: string
  from: string
  until: string
  approvedBy: string
  reason: string
}

const suppressionShape = createShapeCheck<WrittenSuppression>(suppressionSchema)
const liftShape = createShapeCheck<{ id: string; reason: string }>(liftSchema)
/** Nobody is kept in the dark for longer than this by one entry; a longer time takes another decision. */
const MAX_SUPPRESSION_MS = 366 * 86_400_000

export type SuppressionDeps = Pick<LookupDeps, 'history' | 'digests' | 'records' | 'catalog' | 'now'>

/** Enters a suppression. It binds the subject's own view only; auditors see the line, and that it was suppressed. */
export function createSuppress(deps: SuppressionDeps) {
  return async function suppress(operator: Operator, body: Record<string, unknown>): Promise<{ id: string }> {
    const written = suppressionShape(false, body)
    const nowMs = deps.now()
    const subject = normaliseSubject(written.subject, '/subject', nowMs)
    const [fromMs, untilMs] = [Date.parse(written.from), Date.parse(written.until)]
    if (!(fromMs < untilMs && untilMs - fromMs <= MAX_SUPPRESSION_MS)) throw refused('term', '/until')
    if (written.approvedBy === operator.name || written.approvedBy === operator.id)
      throw refused('approver', '/approvedBy')
    if (written.member !== undefined && !deps.catalog().members.has(written.member)) throw refused('member', '/member')
    if (written.scenario !== undefined && !deps.catalog().scenarios.has(written.scenario))
      throw refused('scenario', '/scenario')
    const subjectDigest = deps.digests.of(subject)
    const { exchangeId } = await deps.records.append({
      operator,
      verb: 'dossier.suppress',
      subjectDigest,
      target: null,
      reason: written.reason,
      details: {
        member: written.member ?? null,
        scenario: written.scenario ?? null,
        legalBasis: written.legalBasis,
        from: new Date(fromMs).toISOString(),
        until: new Date(untilMs).toISOString(),
        approvedBy: written.approvedBy,
      },
    })
    const id = await deps.history.suppress({
      subjectDigest,
      member: written.member ?? null,
      scenario: written.scenario ?? null,
      legalBasis: written.legalBasis,
      fromMs,
      untilMs,
      approvedBy: written.approvedBy,
      enteredBy: operator.id,
      enteredAtMs: nowMs,
      exchangeId,
    })
    return { id }
  }
}

/** Ends a suppression before its time. Errors: `request.unknown-resource` for one that is not, or is lifted already. */
export function createLift(deps: SuppressionDeps) {
  return async function lift(operator: Operator, body: Record<string, unknown>): Promise<{ id: string }> {
    const { id, reason } = liftShape(false, body)
    const subjectDigest = await deps.history.suppressed(id)
    if (subjectDigest === undefined) throw new ExchangeError('request.unknown-resource', 'no such suppression')
    const { exchangeId } = await deps.records.append({
      operator,
      verb: 'dossier.unsuppress',
      subjectDigest,
      target: id,
      reason,
      details: {},
    })
    const lifted = await deps.history.lift({ id, liftedBy: operator.id, liftedAtMs: deps.now(), exchangeId })
    if (!lifted) throw new ExchangeError('request.unknown-resource', 'the suppression was lifted before')
    return { id }
  }
}

const REFUSALS = {
  term: { zh: '起止时间不合规，一次不超过一年', en: 'from must precede until, by at most a year' },
  approver: { zh: '批准人与录入人不得为同一人', en: 'who enters it cannot have approved it' },
  member: { zh: '目录中没有这个部门', en: 'the catalogue has no such department' },
  scenario: { zh: '目录中没有这个应用场景', en: 'the catalogue has no such scenario' },
} as const

function refused(rule: keyof typeof REFUSALS, pointer: string): ExchangeError {
  return new ExchangeError('request.malformed', `suppression: \`${rule}\``, {
    reasons: [{ rule, pointer, ...REFUSALS[rule] }],
  })
}
