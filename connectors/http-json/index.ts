import type {
  Connector,
  ConnectorDeps,
  ConnectorFactory,
  HopReference,
  Lookup,
  SourceAnswer,
} from '../../gateway/ports/connector.ts'
import { contractBroken, unreachable } from '../failures.ts'
import { basePathOf, leaseHttpPool, type PreparedRequest, send } from '../network/http-transport.ts'
import { readInstant } from '../values/dates.ts'
import type { PageAnswer } from '../values/outcome.ts'
import { valueAt } from '../values/path.ts'
import { createRowReader } from '../values/row-reader.ts'
import { readAnswer } from './answer.ts'
import { configSchema, type HttpJsonConfig, MAX_BYTES, MAX_ROWS } from './config.ts'
import { readPages } from './pages.ts'
import { createRequestBuilder } from './request.ts'

/** Reads one dataset from an HTTP service that speaks JSON; envelope, codes, paging and signature come from the config. */
export const httpJson: ConnectorFactory = {
  kind: 'http-json',
  configSchema,
  create: createHttpJson,
}

/** What a dialect adds to HTTP with JSON; see `national-exchange`. */
export interface HttpJsonDialect {
  /** Signs the request, adds headers. */
  prepare?(request: PreparedRequest): Promise<PreparedRequest>
  /** Names of the endpoint's secrets that templates may not use. */
  ownSecrets?: readonly string[]
  /** Further placeholders, and what they stand for in one question. */
  extra?: { names: readonly string[]; values(lookup: Lookup): Readonly<Record<string, string>> }
  /** What a successful answer refers to. */
  provenance?(body: unknown): HopReference[]
  /** A call failed. */
  onFailure?(): void
}

/** Errors: throws where config or endpoint cannot be used. */
export function createHttpJson(config: HttpJsonConfig, deps: ConnectorDeps, dialect?: HttpJsonDialect): Connector {
  const secrets = deps.endpoint.secret ?? {}
  const basePath = basePathOf(deps.endpoint)
  const builder = createRequestBuilder(config, basePath, {
    inputs: deps.inputs,
    secrets: Object.keys(secrets).filter((name) => !dialect?.ownSecrets?.includes(name)),
    ...(dialect?.extra && { extra: dialect.extra.names }),
  })
  const reader = createRowReader(config, deps.fields)
  const { pool, release } = leaseHttpPool(deps.endpoint, deps.networks)
  const limits = { timeoutMs: deps.timeoutMs, maxBytes: config.maxBytes ?? MAX_BYTES }

  return {
    callerMembers: builder.callerMembers,
    async fetch(lookup: Lookup, signal): Promise<SourceAnswer> {
      const { inputs, fields, caller } = lookup
      const extra = dialect?.extra?.values(lookup)
      const names = reader.sourceNames(fields)
      const answers = await readPages(config.paging, config.maxRows ?? MAX_ROWS, async (turn) => {
        const call = {
          inputs,
          caller,
          secrets,
          fields: names,
          nowMs: deps.now(),
          uuid: deps.newId(),
          ...turn,
          ...(extra && { extra }),
        }
        const request = builder.build(call)
        const prepared = (await dialect?.prepare?.(request)) ?? request
        return readAnswer(await send(pool, prepared, limits, signal), config)
      }).catch((thrown: unknown) => {
        dialect?.onFailure?.()
        throw thrown
      })
      const records = answers.flatMap(({ rows }) => rows.map((row) => reader.read(row, fields)))
      const asOfMs = asOfFrom(answers, config) ?? deps.now()
      const provenance = dialect?.provenance?.(answers[0]?.body)
      return {
        records,
        asOfMs,
        ...(answers[0]?.outcome === 'not-covered' && { notCovered: true }),
        ...(provenance !== undefined && { provenance }),
      }
    },
    async probe(signal) {
      const path = basePath + (config.probePath ?? '/')
      const { status } = await send(pool, { method: 'GET', path, headers: {}, body: null }, limits, signal)
      if (status >= 500) throw unreachable(`status ${status}`)
    },
    close: release,
  }
}

/** The oldest of the pages' times; only an answer with rows must carry one. */
function asOfFrom(answers: PageAnswer[], { asOf }: HttpJsonConfig): number | undefined {
  if (asOf === undefined) return undefined
  let oldest: number | undefined
  for (const { body, rows } of answers) {
    const atMs = readInstant(valueAt(body, asOf.path), asOf.form)
    if (atMs === undefined && rows.length > 0) throw contractBroken('the as-of path holds no time')
    if (atMs !== undefined && (oldest === undefined || atMs < oldest)) oldest = atMs
  }
  return oldest
}
