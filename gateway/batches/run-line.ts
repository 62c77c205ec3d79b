import canonicalize from 'canonicalize'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { toProblem } from '../errors/problem.ts'
import type { Authenticated, ExchangeRequest, Identified, Received, Signed } from '../exchange.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import { assertNoIdentifierInFreeText } from '../requests/free-text.ts'
import { ExchangeEnded, runExchange, type Stages } from '../run-exchange.ts'
import { PLAIN_REQUEST_ID_MS } from '../stages/envelope.ts'
import { understand } from '../stages/identify.ts'
import type { LineMembers, StoredRequest } from './members.ts'
import { ownerOf } from './owner.ts'
import type { StagingSeal } from './staging-seal.ts'
import type { LineOutcome, StagedLine, Turn } from './types.ts'

export interface RunLineDeps {
  /** The pipeline's stages with records appended through the given hand. */
  stagesOver: (log: Pick<ExchangeLog, 'append'>) => Stages
  log: Pick<ExchangeLog, 'append'>
  crypto: CryptoProvider
  catalog: () => Catalog
  staging: StagingSeal
  now: () => number
}

/**
 * One line: the same stages as a query, in mode `batch`, under the line's own exchange id. Its sealed result goes into
 * the record's own transaction (085-batch-lines), so that neither is ever there without the other.
 *
 * Errors: `record.unavailable` when no record could be made: the line is unfinished and will be asked again.
 */
export function createRunLine(deps: RunLineDeps) {
  return async function runLine(turn: Turn, request: StoredRequest, staged: StagedLine): Promise<void> {
    const { batch } = turn
    const { line, exchangeId } = staged
    /** The stages that record this line with this result. */
    const ending = (outcome: LineOutcome, result: object): Stages => {
      const text = Buffer.from(JSON.stringify({ line, outcome, exchangeId, ...result }))
      const finished = { batch: batch.id, upload: batch.upload, line }
      const sealedResult = deps.staging.seal(batch, 'result', line, text)
      return deps.stagesOver({
        append: (draft) => deps.log.append({ ...draft, line: { ...finished, sealedResult } }),
      })
    }
    const recordFailure: Stages['recordFailure'] = async (met, failure) => {
      // Nobody knows whether a record is there: the log itself will say when the line is run again.
      if (failure.code === 'record.unavailable') return
      const problem = toProblem(failure, request.language, exchangeId)
      await ending(failure.status >= 500 ? 'failed' : 'refused', { problem }).recordFailure(met, failure)
    }

    const known = authenticated(deps, turn, request, staged)
    if (known === null) {
      // Bytes that cannot be opened will not open tomorrow either: the line ends here, and does not hold up the others.
      await recordFailure(
        received(deps, turn, request, staged, {}),
        new ExchangeError('internal', 'a staged line is unreadable'),
      )
      return
    }
    try {
      await runExchange(known.received, {
        ...deps.stagesOver(deps.log),
        authenticate: async () => known,
        identify: async () => identified(known, deps.now()),
        record: (signed) => ending('released', releasedOf(signed)).record(signed),
        recordFailure,
      })
    } catch (thrown) {
      if (!(thrown instanceof ExchangeEnded)) throw thrown
      if (thrown.failure.code === 'record.unavailable') throw thrown.failure
    }
  }
}

type Known = Authenticated & { payload: Record<string, unknown>; received: Received & { op: 'batch' } }

/** The line's members under the batch's; null when the staged bytes are not what was staged. */
function authenticated(deps: RunLineDeps, turn: Turn, request: StoredRequest, staged: StagedLine): Known | null {
  let own: Omit<LineMembers, 'line'>
  try {
    const opened = deps.staging.open(turn.batch, 'line', staged.line, staged.sealed).toString()
    const { line: _line, ...members } = JSON.parse(opened) as LineMembers
    own = members
  } catch {
    return null
  }
  return received(deps, turn, request, staged, { ...request.members, ...own })
}

/** Who asked was established when the batch was taken in: signature, subjects' digest and count were checked then. */
function received(
  { catalog, crypto, now }: RunLineDeps,
  { batch }: Turn,
  { signed, address, correlationId }: StoredRequest,
  { line, exchangeId }: StagedLine,
  payload: Record<string, unknown>,
): Known {
  // What the record keeps sealed: the batch's members and the line's own, and where to find the signature over both.
  const body = Buffer.from(canonicalize({ batch: batch.id, line, ...payload })!)
  return {
    received: {
      op: 'batch',
      body,
      contentType: 'application/json',
      authorization: undefined,
      accept: undefined,
      address,
      correlationId,
      receivedAtMs: now(),
    },
    exchangeId,
    catalog: catalog(),
    requestHash: crypto.digest('SHA-256', body).toString('base64url'),
    sender: { ...ownerOf(catalog(), batch), signed },
    // Fresh each time: nobody else can have used it, and the exchange id alone tells a line asked twice.
    payload: { ...payload, jti: crypto.random(16).toString('base64url') },
    payloadBytes: body,
  }
}

function identified(known: Known, nowMs: number): Identified {
  const { sender, payload, received } = known
  if (sender.system.status === 'suspended') throw new ExchangeError('identity.suspended', 'the system is suspended')
  const written = payload as unknown as ExchangeRequest
  assertNoIdentifierInFreeText(written)
  const requestId = {
    iss: sender.system.id,
    jti: written.jti,
    expiresAtMs: received.receivedAtMs + PLAIN_REQUEST_ID_MS,
  }
  return understand(known, 'batch', written, requestId, nowMs)
}

const releasedOf = ({ complete, data, sources, decision, evidence }: Signed): object => ({
  complete,
  data,
  sources,
  decision: { grants: decision.grants, policies: decision.policies },
  evidence,
})
