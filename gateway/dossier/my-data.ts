import type { DeclarationStore } from '../declared/types.ts'
import { asExchangeError, type ExchangeError } from '../errors/exchange-error.ts'
import type { Received, Subject } from '../exchange.ts'
import type { ObjectSchema } from '../requests/exchange-request.schema.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { chinaDay } from '../requests/subjects.ts'
import { createShapeCheck } from '../requests/validators.ts'
import type { AccessCounts, AccessHistory } from './accesses.ts'
import type { Cursors } from './cursor.ts'
import type { IdentityClaim } from './identity-tokens.ts'
import { recordView, type ViewRecordDeps } from './my-data-record.ts'
import { type OwnDeclaration, type OwnLine, ownDeclaration, ownLine } from './present.ts'

export const myDataSchema: ObjectSchema = {
  type: 'object',
  description: '本人查询：谁在何时为何事查询过我的哪些信息 / who looked at my data, when and why',
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 100 },
    cursor: { type: 'string', minLength: 1, maxLength: 500, pattern: '^[A-Za-z0-9_-]+$' },
  },
  required: [],
  additionalProperties: false,
}
const myDataShape = createShapeCheck<{ limit?: number; cursor?: string }>(myDataSchema)

export interface MyDataDeps extends ViewRecordDeps {
  authenticate: (authorization: string | undefined, exchangeId: string) => Promise<IdentityClaim>
  history: Pick<AccessHistory, 'page' | 'counts'>
  declarations?: Pick<DeclarationStore, 'about'> | undefined
  cursors: Cursors
  newId: (nowMs: number) => string
}

export interface MyDataAnswer {
  exchangeId: string
  counts: Omit<AccessCounts, 'byMember' | 'byScenario'>
  lines: OwnLine[]
  next: string | null
  /** What departments keep of what the subject told them (最多报一次), newest first; that it is kept, not what it says. */
  declared: OwnDeclaration[]
}

/** How a view ended: `known` once the caller is; then it is recorded, whatever its outcome. */
export type MyDataEnd = { exchangeId: string; known: boolean } & (
  | { answer: MyDataAnswer; failure: null }
  | { answer: null; failure: ExchangeError }
)

/**
 * The subject's own view of the access side: departments, not operators.
 *
 * INVARIANT: a view is answered only after its record is durable, and suppressed lines leave no trace in it: pages are
 *            full, counts and cursors are made of visible lines alone.
 */
export function createMyData(deps: MyDataDeps) {
  return async function view(received: Received): Promise<MyDataEnd> {
    const exchangeId = deps.newId(received.receivedAtMs)
    let claim: IdentityClaim
    try {
      claim = await deps.authenticate(received.authorization, exchangeId)
    } catch (thrown) {
      return { exchangeId, known: false, answer: null, failure: asExchangeError(thrown) }
    }
    try {
      const answer = await read(deps, claim.subject, received, exchangeId)
      await recordView(deps, received, claim, exchangeId, null)
      return { exchangeId, known: true, answer, failure: null }
    } catch (thrown) {
      const failure = asExchangeError(thrown)
      const unrecorded = failure.code === 'record.unavailable' || failure.code === 'request.replayed'
      const second = unrecorded
        ? undefined
        : await recordView(deps, received, claim, exchangeId, failure).catch((fault) => asExchangeError(fault))
      return { exchangeId, known: true, answer: null, failure: second ?? failure }
    }
  }
}

const DEFAULT_LIMIT = 20
const DECLARATIONS_SHOWN = 100

async function read(
  { history, declarations, cursors, digests, crypto, catalog, now }: MyDataDeps,
  subject: Subject,
  received: Received,
  exchangeId: string,
): Promise<MyDataAnswer> {
  const payload = received.body.length === 0 ? {} : parseJsonObject(received.body)
  const { limit = DEFAULT_LIMIT, cursor } = myDataShape(false, payload)
  const subjectDigest = digests.of(subject)
  const before = cursor === undefined ? null : cursors.open('my-data', subjectDigest, cursor)
  const query = { subjectDigest, view: 'subject' as const, nowMs: now() }
  const [counts, lines, held = []] = await Promise.all([
    history.counts(query),
    history.page({ ...query, before, limit: limit + 1 }),
    declarations?.about(subjectDigest, chinaDay(query.nowMs), DECLARATIONS_SHOWN),
  ])
  const shown = lines.slice(0, limit)
  const { total, released, refused, failed } = counts
  return {
    exchangeId,
    counts: { total, released, refused, failed },
    lines: shown.map((line) => ownLine(line, subject, catalog(), crypto)),
    next: lines.length > limit ? cursors.seal('my-data', subjectDigest, shown.at(-1)!.index) : null,
    declared: held.map((each) => ownDeclaration(each, catalog())),
  }
}
