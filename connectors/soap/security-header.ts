import { createHash } from 'node:crypto'
import { escapeXml } from '../xml/template.ts'

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd'
const PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0'
const ENCODING = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary'

export interface UsernameToken {
  user: string
  password: string
  type: 'text' | 'digest'
  /** Random bytes, once per call. */
  nonce: Buffer
  nowMs: number
}

/**
 * The `wsse:Security` header with a UsernameToken.
 *
 * Source: WSS UsernameToken Profile 1.0 §3.1: digest = Base64(SHA-1(nonce + created + password)). SHA-1 is the
 *         profile's; the channel, not the digest, has to keep the password.
 */
export function securityHeader({ user, password, type, nonce, nowMs }: UsernameToken): string {
  const created = new Date(nowMs).toISOString()
  const digest = () => createHash('sha1').update(nonce).update(created).update(password).digest('base64')
  const [kind, value] = type === 'digest' ? ['PasswordDigest', digest()] : ['PasswordText', password]
  return (
    `<wsse:Security xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}"><wsse:UsernameToken>` +
    `<wsse:Username>${escapeXml(user)}</wsse:Username>` +
    `<wsse:Password Type="${PROFILE}#${kind}">${escapeXml(value as string)}</wsse:Password>` +
    `<wsse:Nonce EncodingType="${ENCODING}">${nonce.toString('base64')}</wsse:Nonce>` +
    `<wsu:Created>${created}</wsu:Created></wsse:UsernameToken></wsse:Security>`
  )
}
