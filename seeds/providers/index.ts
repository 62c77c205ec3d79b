import type { Endpoint } from '../../gateway/ports/connector.ts'
import type { Population } from '../population/types.ts'
import { HTTP_ENDPOINTS, type HttpEndpoint } from './endpoints.ts'
import { fillProviderDatabase } from './postgres.ts'
import { SERVICES } from './services.ts'
import type { ProviderService, ServiceOptions } from './types.ts'

export interface ProvidersOptions extends Omit<ServiceOptions, 'port'> {
  population: Population
  /** A database whose login may create schemas and roles. */
  databaseUrl: string
  /** Ports to use again, by endpoint, so that a restarted demo finds its sources where they were. */
  ports?: Partial<Record<HttpEndpoint, number>>
}

export interface Providers {
  /** Exactly what the gateway's endpoints file holds. */
  endpoints: Record<string, Endpoint>
  services: Record<HttpEndpoint, ProviderService>
  /** Stops the services; the database keeps its rows. */
  close(): Promise<void>
  /** Stops the services and takes schemas and logins out of the database. */
  destroy(): Promise<void>
}

/** Starts every sample provider: three schemas in PostgreSQL, eleven HTTP services on loopback. */
export async function startProviders(options: ProvidersOptions): Promise<Providers> {
  const { population, databaseUrl, ports = {}, ...rest } = options
  const started = await Promise.all(
    HTTP_ENDPOINTS.map(async (name) => {
      const port = ports[name]
      const service = await SERVICES[name].start(population, { ...rest, ...(port === undefined ? {} : { port }) })
      return [name, service] as const
    }),
  )
  const services = Object.fromEntries(started) as Record<HttpEndpoint, ProviderService>
  const close = async () => void (await Promise.all(Object.values(services).map((service) => service.close())))
  try {
    const database = await fillProviderDatabase(databaseUrl, population)
    const endpoints: Record<string, Endpoint> = { ...database.endpoints }
    for (const [name, { url }] of started) {
      const secret = SERVICES[name].secret?.(population)
      endpoints[name] = secret === undefined ? { url } : { url, secret }
    }
    return { endpoints, services, close, destroy: () => close().then(() => database.drop()) }
  } catch (thrown) {
    await close()
    throw thrown
  }
}
