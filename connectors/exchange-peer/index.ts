import type { Pool } from 'undici'
import { type Answer, createRelay, EvidenceError, type RelayOptions } from '../../gateway/client/index.ts'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type {
  Connector,
  ConnectorDeps,
  ConnectorFactory,
  Endpoint,
  Lookup,
  SourceAnswer,
} from '../../gateway/ports/connector.ts'
import { contractBroken, unreachable } from '../failures.ts'
import { parseJson } from '../http-json/answer.ts'
import { basePathOf, type Limits, leaseHttpPool, send } from '../network/http-transport.ts'
import { createRowReader } from '../values/row-reader.ts'
import { readPeerAnswer } from './answer.ts'
import { configSchema, type ExchangePeerConfig, MAX_BYTES, MAX_ROWS } from './config.ts'
import { failureOfHop } from './problem.ts'
import { questionFor } from './question.ts'

/** Reads one dataset of another gateway of this kind: a county's own node, or the city's seen from a county. */
export const exchangePeer: ConnectorFactory = {
  kind: 'exchange-peer',
  configSchema,
  create: createExchangePeer,
}

function createExchangePeer(config: ExchangePeerConfig, deps: ConnectorDeps): Connector {
  const { gatewayId: hop, system, dataset, maxRows = MAX_ROWS } = config
  const ownId = deps.gatewayId
  if (ownId === undefined) throw new Error('this gateway’s own id is not known')
  if (ownId === hop) throw new Error('the peer is this gateway itself')
  assertInputs(config, deps.inputs)
  const reader = createRowReader(config, deps.fields)
  const base = basePathOf(deps.endpoint)
  const { pool, release } = leaseHttpPool(deps.endpoint, deps.networks)
  const limits: Limits = { timeoutMs: deps.timeoutMs, maxBytes: config.maxBytes ?? MAX_BYTES }
  const relay = createRelay({
    url: deps.endpoint.url,
    gatewayId: hop,
    system,
    key: jsonSecret<RelayOptions['key']>(deps.endpoint, 'key'),
    now: deps.now,
    ...pinnedKeys(deps.endpoint),
    http: keysOver(pool, base, limits),
  })

  return {
    // Whatever a caller block holds reaches the peer; who asks must never be mixed up.
    callerMembers: ['organisation.id'],
    live: true,
    async fetch(lookup: Lookup, signal): Promise<SourceAnswer> {
      const ask = questionFor(config, ownId, lookup, reader.sourceNames(lookup.fields))
      const body = await relay.sign(ask)
      const answer = await named(hop, () => exchange(body, signal))
      const asked = { system, ...(ask.onBehalfOf !== undefined && { onBehalfOf: ask.onBehalfOf }) }
      return readPeerAnswer(answer, { hop, asked, dataset, maxRows, nowMs: deps.now() }, reader, lookup.fields)
    },
    async probe(signal) {
      const request = { method: 'GET' as const, path: `${base}/readyz`, headers: {}, body: null }
      const { status } = await named(hop, () => send(pool, request, limits, signal))
      if (status !== 200) throw unreachable(`hop ${hop}: status ${status}`)
    },
    close: release,
  }

  async function exchange(body: string, signal: AbortSignal): Promise<Answer> {
    const headers = { 'content-type': 'application/jose', accept: 'application/json', 'accept-encoding': 'identity' }
    const raw = await send(pool, { method: 'POST', path: `${base}/v1/query`, headers, body }, limits, signal)
    if (raw.status !== 200) throw failureOfHop(hop, raw.status, problemOf(raw))
    const answer = parseJson(raw) as Omit<Answer, 'verified'> | null
    if (typeof answer?.evidence !== 'string') throw contractBroken('the answer carries no evidence')
    try {
      return await relay.check(answer, body)
    } catch (thrown) {
      // Nothing of an answer whose evidence is not the hop's, or is about something else, may be used.
      throw thrown instanceof EvidenceError ? contractBroken('the evidence does not verify') : thrown
    }
  }
}

/** Every failure says at which hop it was. */
async function named<T>(hop: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof ExchangeError)) throw unreachable(`hop ${hop}: no answer`)
    if (thrown.message.startsWith('hop ')) throw thrown
    throw new ExchangeError(thrown.code, `hop ${hop}: ${thrown.message}`)
  }
}

/** Keys the installation pins go before those the peer publishes: nobody on the way can then put in others. */
function pinnedKeys(endpoint: Endpoint): Pick<RelayOptions, 'jwks'> {
  if (endpoint.secret?.jwks === undefined) return {}
  const { keys } = jsonSecret<{ keys?: unknown }>(endpoint, 'jwks')
  if (!Array.isArray(keys)) throw new Error('the endpoint’s secret `jwks` has no `keys`')
  return { jwks: keys }
}

/** The peer's published keys, over the same guarded connections as everything else; no other address is ever asked. */
function keysOver(pool: Pool, base: string, limits: Limits): typeof fetch {
  return async () => {
    const request = { method: 'GET' as const, path: `${base}/.well-known/jwks.json`, headers: {}, body: null }
    const { status, body } = await send(pool, request, limits, AbortSignal.timeout(limits.timeoutMs))
    return new Response(new Uint8Array(body), { status })
  }
}

function problemOf(raw: Parameters<typeof parseJson>[0]): unknown {
  try {
    return parseJson(raw)
  } catch {
    return undefined
  }
}

function jsonSecret<T extends object>({ secret }: Endpoint, name: string): T {
  try {
    return JSON.parse(secret?.[name] ?? '')
  } catch {
    throw new Error(`the endpoint’s secret \`${name}\` is missing or not JSON`)
  }
}

function assertInputs({ subject, keys = {} }: ExchangePeerConfig, inputs: readonly string[]): void {
  for (const name of [subject.input, subject.nameInput, ...Object.values(keys)]) {
    if (name !== undefined && !inputs.includes(name)) throw new Error(`the dataset has no input \`${name}\``)
  }
}
