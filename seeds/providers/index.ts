import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoint } from '../../gateway/ports/connector.ts'
import type { Population } from '../population/types.ts'
import {
  DROP_ENDPOINT,
  HTTP_ENDPOINTS,
  type HttpEndpoint,
  MARIADB_ENDPOINT,
  mariadbAway,
  NATIONAL_ENDPOINT,
  PEER_ENDPOINT,
  peerAway,
  SOAP_ENDPOINT,
} from './endpoints.ts'
import type { NationalSimulator } from './national-simulator.ts'
import { fillProviderDatabase } from './postgres.ts'
import { SERVICES, soapLogin, startEducation } from './services.ts'
import { deliverVeterans } from './sources/drop-folder.ts'
import { fillMariadb } from './sources/mariadb.ts'
import { startNational } from './sources/national.ts'
import type { ProviderService, ServiceOptions } from './types.ts'

export interface ProvidersOptions extends Omit<ServiceOptions, 'port' | 'wire'> {
  population: Population
  /** A database whose login may create schemas and roles. */
  databaseUrl: string
  /** A MariaDB whose login may create databases and users, and the name for the one made there; without it 医保 is away. */
  mariadb?: { adminUrl: string; database: string } | undefined
  /** Where deliveries are put; a temporary folder of our own unless told. */
  dropFolder?: string | undefined
  /** The county node's gateway; without it what it owns is away. */
  peer?: Endpoint | undefined
  /** Ports to use again, by endpoint, so that a restarted demo finds its sources where they were. */
  ports?: Partial<Record<HttpEndpoint, number>>
}

export interface Providers {
  /** Exactly what the gateway's endpoints file holds. */
  endpoints: Record<string, Endpoint>
  services: Record<HttpEndpoint | typeof SOAP_ENDPOINT, ProviderService>
  national: NationalSimulator
  /** Stops the services; the databases keep their rows. */
  close(): Promise<void>
  /** Stops the services and takes everything out of the databases again. */
  destroy(): Promise<void>
}

/**
 * Starts every sample provider: two schemas in PostgreSQL, a database in MariaDB where there is one, eight HTTP services
 * and a SOAP service on loopback, a drop folder with a delivery, and the national platform.
 */
export async function startProviders(options: ProvidersOptions): Promise<Providers> {
  const { population, databaseUrl, mariadb, dropFolder, peer, ports = {}, ...rest } = options
  const undo: (() => Promise<unknown>)[] = []
  const drops: (() => Promise<unknown>)[] = []
  const close = async () => void (await Promise.all(undo.splice(0).map((step) => step())))
  const started = async <S extends ProviderService>(starting: Promise<S>): Promise<S> => {
    const service = await starting
    undo.push(() => service.close())
    return service
  }
  const work = [
    Promise.all(
      HTTP_ENDPOINTS.map(async (name) => {
        const port = ports[name]
        const service = SERVICES[name].start(population, { ...rest, ...(port === undefined ? {} : { port }) })
        return [name, await started(service)] as const
      }),
    ),
    started(startEducation(population, rest)),
    startNational(population, rest.now).then((national) => {
      undo.push(() => national.simulator.close())
      return national
    }),
    dropOf(population, dropFolder).then(({ endpoint, remove }) => {
      undo.push(remove)
      return endpoint
    }),
    fillProviderDatabase(databaseUrl, population).then(({ endpoints, drop }) => {
      drops.push(drop)
      return endpoints
    }),
    mariadb === undefined
      ? Promise.resolve(mariadbAway())
      : fillMariadb(mariadb.adminUrl, mariadb.database, population).then(({ endpoint, drop }) => {
          drops.push(drop)
          return endpoint
        }),
  ] as const
  try {
    const [http, soap, national, drop, databases, medical] = await Promise.all(work)
    const services = { ...Object.fromEntries(http), [SOAP_ENDPOINT]: soap } as Providers['services']
    const endpoints: Record<string, Endpoint> = {
      ...databases,
      [MARIADB_ENDPOINT]: medical,
      [SOAP_ENDPOINT]: { url: soap.url, secret: soapLogin(population) },
      [DROP_ENDPOINT]: drop,
      [NATIONAL_ENDPOINT]: national.endpoint,
      [PEER_ENDPOINT]: peer ?? peerAway(),
    }
    for (const [name, { url }] of http) {
      const secret = SERVICES[name].secret?.(population)
      endpoints[name] = secret === undefined ? { url } : { url, secret }
    }
    const destroy = () => close().then(async () => void (await Promise.all(drops.map((step) => step()))))
    return { endpoints, services, national: national.simulator, close, destroy }
  } catch (thrown) {
    await Promise.allSettled(work) // what is still starting is stopped too
    await close()
    throw thrown
  }
}

async function dropOf(population: Population, given: string | undefined) {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'guanyi-drop-')))
  const remove = () => (given === undefined ? rm(folder, { recursive: true, force: true }) : Promise.resolve())
  return { endpoint: await deliverVeterans(folder, population), remove }
}
