import type { Connector, ConnectorDeps, ConnectorFactory, Lookup, SourceAnswer } from '../../gateway/ports/connector.ts'
import { contractBroken, unreachable } from '../failures.ts'
import { basePathOf, leaseHttpPool, send } from '../network/http-transport.ts'
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
  create: (config, deps) => createHttpJson(config as unknown as HttpJsonConfig, deps),
}

function createHttpJson(config: HttpJsonConfig, deps: ConnectorDeps): Connector {
  const secrets = deps.endpoint.secret ?? {}
  const basePath = basePathOf(deps.endpoint)
  const builder = createRequestBuilder(config, basePath, { inputs: deps.inputs, secrets: Object.keys(secrets) })
  const reader = createRowReader(config, deps.fields)
  const { pool, release } = leaseHttpPool(deps.endpoint, deps.networks)
  const limits = { timeoutMs: deps.timeoutMs, maxBytes: config.maxBytes ?? MAX_BYTES }

  return {
    callerMembers: builder.callerMembers,
    async fetch({ inputs, fields, caller }: Lookup, signal): Promise<SourceAnswer> {
      const names = reader.sourceNames(fields)
      const answers = await readPages(config.paging, config.maxRows ?? MAX_ROWS, async (turn) => {
        const call = { inputs, caller, secrets, fields: names, nowMs: deps.now(), uuid: deps.newId(), ...turn }
        return readAnswer(await send(pool, builder.build(call), limits, signal), config)
      })
      const records = answers.flatMap(({ rows }) => rows.map((row) => reader.read(row, fields)))
      const asOfMs = asOfFrom(answers, config) ?? deps.now()
      return answers[0]?.outcome === 'not-covered' ? { records, asOfMs, notCovered: true } : { records, asOfMs }
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
