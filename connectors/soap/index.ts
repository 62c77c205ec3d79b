import { randomBytes } from 'node:crypto'
import type { Connector, ConnectorDeps, ConnectorFactory, Lookup, SourceAnswer } from '../../gateway/ports/connector.ts'
import { contractBroken, unreachable } from '../failures.ts'
import { basePathOf, leaseHttpPool, send } from '../network/http-transport.ts'
import { readInstant } from '../values/dates.ts'
import type { PageAnswer } from '../values/outcome.ts'
import { valueAt } from '../values/path.ts'
import { createRowReader } from '../values/row-reader.ts'
import { readSoapAnswer } from './answer.ts'
import { configSchema, MAX_BYTES, MAX_ROWS, type SoapConfig } from './config.ts'
import { createSoapRequests, namesInArguments, templateOf } from './request.ts'
import { writeFromWsdl } from './wsdl.ts'

/** Reads one dataset from a SOAP service, its request written by a template or by the service's WSDL. */
export const soap: ConnectorFactory = {
  kind: 'soap',
  configSchema,
  create: createSoap,
}

function createSoap(config: SoapConfig, deps: ConnectorDeps): Connector {
  const secrets = deps.endpoint.secret ?? {}
  const scope = { inputs: deps.inputs, secrets: Object.keys(secrets) }
  const path = (basePathOf(deps.endpoint) || (config.path === undefined ? '/' : '')) + (config.path ?? '')
  const reader = createRowReader(config, deps.fields, { texts: true })
  const prepared = config.wsdl === undefined ? createSoapRequests(config, templateOf(config), path, scope) : undefined
  const names = prepared?.names ?? namesInArguments(config, scope)
  const fromWsdl =
    config.wsdl === undefined
      ? undefined
      : writeFromWsdl(deps.catalogDir ?? 'catalogs', config).then((written) =>
          createSoapRequests(config, written, path, scope),
        )
  fromWsdl?.catch(() => undefined) // whoever asks hears of it
  const { pool, release } = leaseHttpPool(deps.endpoint, deps.networks)
  const limits = { timeoutMs: deps.timeoutMs, maxBytes: config.maxBytes ?? MAX_BYTES }

  const requests = async () => {
    try {
      return prepared ?? (await fromWsdl!)
    } catch {
      throw contractBroken('the WSDL cannot write the request')
    }
  }
  return {
    callerMembers: [...new Set(names)].filter((name) => name.startsWith('caller.')).map((name) => name.slice(7)),
    async fetch({ inputs, fields, caller }: Lookup, signal): Promise<SourceAnswer> {
      const sources = reader.sourceNames(fields)
      const values = { inputs, caller, secrets, fields: sources, nowMs: deps.now(), uuid: deps.newId() }
      const request = (await requests()).build(values, randomBytes(16))
      const answer = readSoapAnswer(await send(pool, request, limits, signal), config)
      if (answer.rows.length > (config.maxRows ?? MAX_ROWS)) throw contractBroken('more rows than allowed')
      const records = answer.rows.map((row) => reader.read(row, fields))
      const asOfMs = asOfFrom(answer, config) ?? deps.now()
      return answer.outcome === 'not-covered' ? { records, asOfMs, notCovered: true } : { records, asOfMs }
    },
    async probe(signal) {
      await requests()
      const request = { method: 'GET' as const, path: `${path}?wsdl`, headers: {}, body: null }
      const { status } = await send(pool, request, { ...limits, maxBytes: 4 * MAX_BYTES }, signal)
      // Many services show no WSDL; any answer of a server that works will do.
      if (status > 500) throw unreachable(`status ${status}`)
    },
    close: release,
  }
}

function asOfFrom({ body, rows }: PageAnswer, { asOf }: SoapConfig): number | undefined {
  if (asOf === undefined) return undefined
  const atMs = readInstant(valueAt(body, asOf.path), asOf.form)
  if (atMs === undefined && rows.length > 0) throw contractBroken('the as-of path holds no time')
  return atMs
}
