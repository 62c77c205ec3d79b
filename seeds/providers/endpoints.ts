import { generateJwk } from '../../gateway/adapters/crypto/jwk.ts'
import type { Endpoint } from '../../gateway/ports/connector.ts'

/** Symbolic names of the sample endpoints, as the datasets' `connector.config.endpoint` writes them. */
export const DATABASE_ENDPOINTS = { 'rc-rsj-db': 'rsj', 'rc-gjj-db': 'gjj' } as const
export const HTTP_ENDPOINTS = [
  'rc-gaj-http',
  'rc-mzj-http',
  'rc-scjgj-http',
  'rc-zrzyj-http',
  'rc-cl-http',
  'rc-swj-http',
  'rc-spj-http',
  'wh-licence-http',
] as const
export type HttpEndpoint = (typeof HTTP_ENDPOINTS)[number]
export type DatabaseEndpoint = keyof typeof DATABASE_ENDPOINTS

/** One endpoint each of the other kinds of source. */
export const MARIADB_ENDPOINT = 'rc-ybj-db'
export const SOAP_ENDPOINT = 'rc-jyj-soap'
export const DROP_ENDPOINT = 'rc-tyjrj-drop'
export const NATIONAL_ENDPOINT = 'national-exchange'
export const PEER_ENDPOINT = 'sd-gateway'

/** Where nothing listens: a source that is not there is said to be unavailable and not left out of the directory. */
const NOWHERE = '127.0.0.1:9'
export const mariadbAway = (): Endpoint => ({ url: `mysql://nobody@${NOWHERE}/none`, secret: { password: 'none' } })
export const peerAway = (): Endpoint => ({
  url: `http://${NOWHERE}`,
  secret: { key: JSON.stringify(generateJwk('ES256', 'nobody-1')) },
})
