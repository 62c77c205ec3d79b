import canonicalize from 'canonicalize'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { toProblem } from '../errors/problem.ts'
import type { Authenticated, ExchangeRequest, Identified, Received, Signed } from '../exchange.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import { assertNoIdentifierInFreeText } from '../requests/free-text.ts'
import { ExchangeEnded, runExchange, type Stages } from '../run-exchange.ts'
import { systemOf } from '../stages/authenticate.ts'
import { PLAIN_REQUEST_ID_MS } from '../stages/envelope.ts'
import { understand } from '../stages/identify.ts'
import type { LineMembers, StoredRequest } from './members.ts'
import type { StagingSeal } from './staging-seal.ts'
import type { LineOutcome, PreparedLine, StagedLine, Turn } from './types.ts'

export interface RunLineDeps {
  stages: Stages
  crypto: CryptoProvider
  catalog: () => Catalog
  staging: StagingSeal
  prepare: (line: PreparedLine) => Promise<void>
  now: () => number
}

/**
 * One line: the same stages as a query, in mode `batch`, under the line's own exchange id. Its sealed result is staged
 * before its record, so that a record never stands for an answer nobody has.
 *
 * Errors: `record.unavailable` when no record could be made: the line is unfinished and will be asked again.
 */
export function createRunLine(deps: RunLineDeps) {
  return async function runLine(turn: Turn, request: StoredRequest, staged: StagedLine): Promise<void> {
    const known = authenticated(deps, turn, request, staged)
    const keep = (outcome: LineOutcome, result: object, evidenceHash: Buffer | null): Promise<void> =>
      deps.prepare({
        upload: turn.batch.upload,
        line: staged.line,
        outcome,
        evidenceHash,
        sealed: deps.staging.seal(
          turn.batch,
          'result',
          staged.line,
          Buffer.from(JSON.stringify({ line: staged.line, outcome, exchangeId: staged.exchangeId, ...result })),
        ),
      })

    const stages: Stages = {
      ...deps.stages,
      authenticate: async () => known,
      identify: async () => identified(known, deps.now()),
      async record(signed) {
        await keep('released', releasedOf(signed), deps.crypto.digest('SHA-256', signed.issuerJwt))
        return await deps.stages.record(signed)
      },
      async recordFailure(met, failure) {
        // Nobody knows whether a record is there: the line stays as it was staged and is settled from the log.
        if (failure.code === 'record.unavailable') return
        const problem = toProblem(failure, request.language, staged.exchangeId)
        await keep(failure.status >= 500 ? 'failed' : 'refused', { problem }, null)
        await deps.stages.recordFailure(met, failure)
      },
    }
    try {
      await runExchange(known.received, stages)
    } catch (thrown) {
      if (!(thrown instanceof ExchangeEnded)) throw thrown
      if (thrown.failure.code === 'record.unavailable') throw thrown.failure
    }
  }
}

/** Who asked was established when the batch was taken in: signature, subjects' digest and count were checked then. */
function authenticated(
  { catalog, crypto, staging, now }: RunLineDeps,
  { batch }: Turn,
  { members, signed, address, correlationId }: StoredRequest,
  { line, exchangeId, sealed }: StagedLine,
): Authenticated & { payload: Record<string, unknown>; received: Received & { op: 'batch' } } {
  const { line: _line, ...own } = JSON.parse(staging.open(batch, 'line', line, sealed).toString()) as LineMembers
  const payload = { ...members, ...own }
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
    sender: { ...systemOf(catalog(), batch.system), signed },
    // Fresh each time: nobody else can have used it, and the exchange id alone tells a line asked twice.
    payload: { ...payload, jti: crypto.random(16).toString('base64url') },
    payloadBytes: body,
  }
}

function identified(known: ReturnType<typeof authenticated>, nowMs: number): Identified {
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
