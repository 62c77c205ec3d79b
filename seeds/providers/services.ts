import { createHash } from 'node:crypto'
import type { Population } from '../population/types.ts'
import { civilDialect } from './dialects/civil.ts'
import { createPagedDialect } from './dialects/paged.ts'
import { policeDialect } from './dialects/police.ts'
import { createSignedDialect } from './dialects/signed.ts'
import { createSoapDialect } from './dialects/soap.ts'
import type { HttpEndpoint } from './endpoints.ts'
import { createLicenceDialect, type LibraryAccess, licenceRegisters } from './licence-library.ts'
import { civilRegisters } from './registers/civil.ts'
import { disabledRegisters } from './registers/disabled.ts'
import { educationRegisters } from './registers/education.ts'
import { landRegisters } from './registers/land.ts'
import { marketRegisters } from './registers/market.ts'
import { policeRegisters } from './registers/police.ts'
import { projectRegisters } from './registers/projects.ts'
import { taxRegisters } from './registers/tax.ts'
import { startService } from './service.ts'
import type { ProviderService, ServiceOptions } from './types.ts'
import { createSoapWire } from './wires/soap.ts'

type Start = (city: Population, options?: ServiceOptions) => Promise<ProviderService>

/** The shared secret of a signing service; follows from the seed, since it guards synthetic data on loopback only. */
export function sharedSecret(endpoint: HttpEndpoint, city: Population): { clientId: string; signKey: string } {
  return { clientId: 'guanyi-371082', signKey: createHash('sha256').update(`${city.seed}/${endpoint}`).digest('hex') }
}

const startSigned = (
  endpoint: HttpEndpoint,
  city: Population,
  registers: Parameters<typeof startService>[1],
  options: ServiceOptions = {},
) => {
  const { clientId, signKey } = sharedSecret(endpoint, city)
  return startService(
    createSignedDialect({ clientId, secret: signKey, now: options.now ?? Date.now }),
    registers,
    options,
  )
}

export const startPolice: Start = (city, options) => startService(policeDialect, policeRegisters(city), options)
export const startCivil: Start = (city, options) => startService(civilDialect, civilRegisters(city), options)
export const startDisabled: Start = (city, options) => startService(civilDialect, disabledRegisters(city), options)
export const startLand: Start = (city, options) =>
  startService(createPagedDialect(city.today), landRegisters(city), options)

/** The education bureau's login; follows from the seed like the other secrets. */
export const soapLogin = (city: Population): { user: string; password: string } => ({
  user: 'guanyi-371082',
  password: createHash('sha256').update(`${city.seed}/rc-jyj-soap`).digest('hex'),
})
export const startEducation: Start = (city, options) => {
  const wire = createSoapWire({ namespace: 'urn:rc-jyj:xj', ...soapLogin(city) })
  return startService(createSoapDialect(city.today), educationRegisters(city), { ...options, wire })
}
export const startMarket: Start = (city, options) => startSigned('rc-scjgj-http', city, marketRegisters(city), options)
export const startTax: Start = (city, options) => startSigned('rc-swj-http', city, taxRegisters(city), options)
export const startProjects: Start = (city, options) => startSigned('rc-spj-http', city, projectRegisters(city), options)

export const startLicences: Start = (city, options) =>
  startService(createLicenceDialect(libraryAccess(city)), licenceRegisters(city), options)

/** What the licence library knows its callers by. */
export const libraryAccess = (city: Population): LibraryAccess => ({
  accessId: 'guanyi-371082',
  accessToken: createHash('sha256').update(`${city.seed}/wh-licence-http`).digest('hex'),
})

type Secret = (city: Population) => Readonly<Record<string, string>>
const shared =
  (endpoint: HttpEndpoint): Secret =>
  (city) => ({ ...sharedSecret(endpoint, city) })
const access: Secret = (city) => ({ ...libraryAccess(city) })

/** Which service stands behind which endpoint, and what its callers must have. */
export const SERVICES: Record<HttpEndpoint, { start: Start; secret?: Secret }> = {
  'rc-gaj-http': { start: startPolice },
  'rc-mzj-http': { start: startCivil },
  'rc-scjgj-http': { start: startMarket, secret: shared('rc-scjgj-http') },
  'rc-zrzyj-http': { start: startLand },
  'rc-cl-http': { start: startDisabled },
  'rc-swj-http': { start: startTax, secret: shared('rc-swj-http') },
  'rc-spj-http': { start: startProjects, secret: shared('rc-spj-http') },
  'wh-licence-http': { start: startLicences, secret: access },
}
