import { randomUUID } from 'node:crypto'
import { DOSSIER_KIND } from '../../../connectors/dossier/config.ts'
import type { Catalog, DatasetEntry } from '../../catalog/types.ts'
import { asExchangeError, ExchangeError } from '../../errors/exchange-error.ts'
import type {
  Connector,
  ConnectorFactory,
  ConnectorRegistry,
  Endpoint,
  OwnStores,
  ProbeResult,
} from '../../ports/connector.ts'
import type { SharedSecrets } from '../../ports/shared-secrets.ts'
import { createMemorySharedSecrets } from '../memory/shared-secrets.ts'
import { type ConnectorFault, checkConnectorConfigs } from './check-configs.ts'
import { BREAKER, type BreakerOptions, withBreaker } from './with-breaker.ts'
import { withBulkhead } from './with-bulkhead.ts'
import { withCoalescing } from './with-coalescing.ts'
import { withTimeout } from './with-timeout.ts'

export interface BuildOptions {
  breaker?: BreakerOptions
  /** What happens to datasets whose endpoint the installation does not have: refuse to start, or answer `provider.unreachable`. */
  missingEndpoint?: 'refuse' | 'unavailable'
  newId?: () => string
  gatewayId?: string
  catalogDir?: string
  /** Of this process alone when absent. */
  sharedSecrets?: SharedSecrets
  /** Datasets of `own` kinds are built only where these are. */
  own?: OwnStores
  /** See `ConnectorDeps.alarm`. */
  alarm?: (dataset: string, word: string) => void
}

/** Every fault found while building connectors, not just the first. */
export class ConnectorConfigError extends Error {
  override readonly name = 'ConnectorConfigError'
  constructor(readonly faults: readonly ConnectorFault[]) {
    super(faults.map(({ dataset, pointer, message }) => `${dataset}${pointer}: ${message}`).join('\n'))
  }
}

/** Waiting calls per running one: about what a source can still answer within one time-out. */
const QUEUED_PER_PLACE = 8

/**
 * Builds one connector per dataset that may be shared.
 *
 * Errors: `ConnectorConfigError` naming every faulty dataset; connectors built by then are closed.
 */
export function buildConnectors(
  catalog: Pick<Catalog, 'datasets'>,
  endpoints: Readonly<Record<string, Endpoint>>,
  kinds: readonly ConnectorFactory[],
  now: () => number,
  options: BuildOptions = {},
): ConnectorRegistry {
  // 不予共享 datasets can never be granted, so nothing here can reach their source. Dossiers the gateway answers itself.
  const ownKinds = new Set(kinds.flatMap(({ kind, own }) => (own ? [kind] : [])))
  const datasets = [...catalog.datasets.values()].filter(
    ({ shareClass, connector: { kind } }) =>
      shareClass !== 'not-shared' && kind !== DOSSIER_KIND && (options.own !== undefined || !ownKinds.has(kind)),
  )
  const faults = checkConnectorConfigs(datasets, kinds)
  const faulty = new Set(faults.map(({ dataset }) => dataset))
  const connectors = new Map<string, Connector>()
  for (const dataset of datasets) {
    if (faulty.has(dataset.id)) continue
    try {
      connectors.set(dataset.id, buildOne(dataset, endpoints, kinds, now, options))
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : 'cannot be built'
      faults.push({ dataset: dataset.id, pointer: '/connector', message })
    }
  }
  const close = async () => {
    await Promise.allSettled([...connectors.values()].map((connector) => connector.close()))
  }
  if (faults.length > 0) {
    void close()
    throw new ConnectorConfigError(faults)
  }
  return {
    get(datasetId) {
      const connector = connectors.get(datasetId)
      if (connector === undefined) throw new ExchangeError('internal', `dataset \`${datasetId}\` has no connector`)
      return connector
    },
    probe: (signal) => Promise.all([...connectors].map(([dataset, connector]) => probeOne(dataset, connector, signal))),
    close,
  }
}

/**
 * The order of the wrapping, from outside in:
 * 1. coalescing: callers that join a call in flight take no place and count as one;
 * 2. breaker: an open one answers at once, without waiting for a place, and it sees time-outs;
 * 3. timeout: its clock runs while the call waits for a place, so a full source is no longer wait than a slow one;
 * 4. bulkhead: next to the source, since it holds a place until the source has really let go.
 */
function buildOne(
  dataset: DatasetEntry,
  endpoints: Readonly<Record<string, Endpoint>>,
  kinds: readonly ConnectorFactory[],
  now: () => number,
  options: BuildOptions,
): Connector {
  const { kind, config, networks, timeoutMs, maxConcurrent } = dataset.connector
  const factory = kinds.find((candidate) => candidate.kind === kind)
  if (factory === undefined) throw new Error(`unknown kind \`${kind}\``)
  const name = String(config.endpoint)
  const endpoint = factory.own ? NO_ENDPOINT : Object.hasOwn(endpoints, name) ? endpoints[name] : undefined
  if (endpoint === undefined && options.missingEndpoint === 'unavailable') return notInstalled()
  if (endpoint === undefined) throw new Error(`endpoint \`${name}\` is not configured`)

  const source = factory.create(config, {
    datasetId: dataset.id,
    fields: dataset.fields.map(({ id, type }) => ({ id, type })),
    inputs: dataset.inputs.map((input) => input.name),
    networks,
    endpoint,
    timeoutMs,
    now,
    newId: options.newId ?? randomUUID,
    ...(options.gatewayId !== undefined && { gatewayId: options.gatewayId }),
    ...(options.catalogDir !== undefined && { catalogDir: options.catalogDir }),
    sharedSecrets: options.sharedSecrets ?? processSecrets,
    ...(options.own !== undefined && { own: options.own }),
    alarm: (word) => options.alarm?.(dataset.id, word),
  })
  const held = withBulkhead(source, { maxConcurrent, maxQueued: maxConcurrent * QUEUED_PER_PLACE })
  return withCoalescing(withBreaker(withTimeout(held, timeoutMs), options.breaker ?? BREAKER))
}

const NO_ENDPOINT: Endpoint = { url: '' }
const processSecrets = createMemorySharedSecrets()

function notInstalled(): Connector {
  const refuse = async () => {
    throw new ExchangeError('provider.unreachable', 'endpoint is not configured')
  }
  return { fetch: refuse, probe: refuse, close: async () => undefined }
}

async function probeOne(dataset: string, connector: Connector, signal: AbortSignal): Promise<ProbeResult> {
  try {
    await connector.probe(signal)
    return { dataset, ok: true }
  } catch (thrown) {
    return { dataset, ok: false, code: asExchangeError(thrown).code }
  }
}
