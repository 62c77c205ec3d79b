import type { PreparedRequest } from '../network/http-transport.ts'
import { placeholdersIn, stringsOf, type TemplateScope, type TemplateValues } from '../values/template.ts'
import { createXmlTemplate } from '../xml/template.ts'
import type { SoapConfig } from './config.ts'
import { securityHeader } from './security-header.ts'
import type { WrittenTemplate } from './wsdl.ts'

const ENVELOPES = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const

export interface SoapRequests {
  names: string[]
  build(values: TemplateValues, nonce: Buffer): PreparedRequest
}

/** The template as the catalogue gives it, in an envelope. */
export function templateOf({ template, version = '1.1' }: SoapConfig): WrittenTemplate {
  const { body = '', header = '', action = '' } = template ?? {}
  const envelope = `<soap:Envelope xmlns:soap="${ENVELOPES[version]}">${header && `<soap:Header>${header}</soap:Header>`}<soap:Body>${body}</soap:Body></soap:Envelope>`
  return { envelope, action, version }
}

/** Names of the placeholders a WSDL's arguments use, known before the description has been read. */
export function namesInArguments({ wsdl }: SoapConfig, scope: TemplateScope): string[] {
  return stringsOf(wsdl?.arguments ?? {}).flatMap((text) => placeholdersIn(text, scope))
}

/** Errors: throws where the template, or the security's secrets, cannot be used. */
export function createSoapRequests(
  config: SoapConfig,
  { envelope, action, version }: WrittenTemplate,
  path: string,
  scope: TemplateScope,
): SoapRequests {
  const { security } = config
  for (const name of [security?.user, security?.password]) {
    if (name !== undefined && !scope.secrets.includes(name)) throw new Error(`the endpoint has no secret \`${name}\``)
  }
  const template = createXmlTemplate(envelope, scope)
  return {
    names: template.names,
    build(values, nonce) {
      const written = template.fill(values)
      const token =
        security === undefined
          ? ''
          : securityHeader({
              user: values.secrets[security.user] ?? '',
              password: values.secrets[security.password] ?? '',
              type: security.type ?? 'text',
              nonce,
              nowMs: values.nowMs,
            })
      return {
        method: 'POST',
        path,
        headers: headersOf(version, action),
        body: `<?xml version="1.0" encoding="utf-8"?>${withHeader(written, token)}`,
      }
    },
  }
}

function headersOf(version: WrittenTemplate['version'], action: string): Record<string, string> {
  const common = { accept: 'text/xml, application/soap+xml', 'accept-encoding': 'identity' }
  return version === '1.1'
    ? { ...common, 'content-type': 'text/xml; charset=utf-8', soapaction: `"${action}"` }
    : { ...common, 'content-type': `application/soap+xml; charset=utf-8; action="${action}"` }
}

/** The security header goes first in the Header, which is made where the template has none. Values are escaped by now. */
function withHeader(envelope: string, token: string): string {
  if (token === '') return envelope
  const open = /^(<([\w.-]+:)?Envelope\b[^>]*>)(<(?:[\w.-]+:)?Header\b[^>]*>)?/.exec(envelope)
  const [whole = '', start = '', prefix = '', header] = open ?? []
  const rest = envelope.slice(whole.length)
  return header === undefined ? `${start}<${prefix}Header>${token}</${prefix}Header>${rest}` : `${whole}${token}${rest}`
}
