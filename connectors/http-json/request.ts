import { createHash, createHmac } from 'node:crypto'
import { contractBroken } from '../failures.ts'
import type { PreparedRequest } from '../network/http-transport.ts'
import {
  fillJson,
  fillText,
  placeholdersIn,
  stringsOf,
  type TemplateScope,
  type TemplateValues,
} from '../values/template.ts'
import type { HttpJsonConfig, Signing } from './config.ts'

export interface RequestBuilder {
  /** Members of the caller block the source is told. */
  callerMembers: readonly string[]
  build(values: TemplateValues): PreparedRequest
}

/** Set by the transport; a template that sets them could smuggle a second request. */
const RESERVED = ['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect', 'te', 'trailer']
const SIGNED_PARTS = ['method', 'path', 'body', 'bodySha256']

/**
 * Checks the request template against what may be named, and answers what turns a lookup into an HTTP request.
 *
 * Errors: throws on unknown placeholders, on a body with GET, on two bodies, on reserved headers, and on paging without
 *         the placeholder that turns the page.
 */
export function createRequestBuilder(config: HttpJsonConfig, basePath: string, scope: TemplateScope): RequestBuilder {
  const { request, signing } = config
  const headers = lowerCased(request.headers ?? {})
  const names = [
    ...request.path.split('/'), // segment by segment, as they are filled
    ...Object.values(request.query ?? {}),
    ...Object.values(headers),
    ...Object.values(request.form ?? {}),
    ...stringsOf(request.body ?? null),
  ].flatMap((text) => placeholdersIn(text, scope))
  const signedNames = placeholdersIn(signing?.text ?? '', { ...scope, extra: SIGNED_PARTS })
  assertTemplate(config, headers, names)
  if (signing?.secret !== undefined && !scope.secrets.includes(signing.secret)) {
    throw new Error(`the endpoint has no secret \`${signing.secret}\``)
  }
  const method = request.method ?? 'POST'

  return {
    callerMembers: [...new Set([...names, ...signedNames])]
      .filter((name) => name.startsWith('caller.'))
      .map((name) => name.slice('caller.'.length)),
    build(values) {
      const path = basePath + fillPath(request.path, values) + fillQuery(request.query ?? {}, values)
      const body = fillBody(config, values)
      const filled = fillHeaders(headers, values)
      if (body !== null) filled['content-type'] ??= body.contentType
      const prepared = { method, path, headers: filled, body: body?.text ?? null }
      return signing === undefined || signing.kind === 'none' ? prepared : sign(prepared, signing, values)
    },
  }
}

function assertTemplate({ request, paging }: HttpJsonConfig, headers: Record<string, string>, names: string[]): void {
  if (request.body !== undefined && request.form !== undefined) throw new Error('request has both body and form')
  if (request.method === 'GET' && (request.body !== undefined || request.form !== undefined)) {
    throw new Error('a GET request has no body')
  }
  const reserved = Object.keys(headers).filter((name) => RESERVED.includes(name))
  if (reserved.length > 0) throw new Error(`headers are reserved: ${reserved.join(', ')}`)
  const turning = paging?.kind === 'cursor' ? ['cursor'] : paging?.kind === 'page' ? ['page', 'offset'] : []
  if (turning.length > 0 && !turning.some((name) => names.includes(name))) {
    throw new Error(`paging needs \`{{${turning[0]}}}\` in the request`)
  }
}

function fillPath(template: string, values: TemplateValues): string {
  const segments = template.split('/').map((segment) => fillText(segment, values, encodeURIComponent))
  // A missing value would ask for the whole collection, a value `..` for another resource.
  if (segments.some((segment, at) => segment === undefined || (segment === '' && template.split('/')[at] !== ''))) {
    throw contractBroken('a path placeholder has no value')
  }
  if (segments.some((segment) => segment === '.' || segment === '..'))
    throw contractBroken('a path value is a dot segment')
  return encodeURI(segments.join('/')).replaceAll('%25', '%')
}

function fillQuery(template: Record<string, string>, values: TemplateValues): string {
  const pairs = Object.entries(template).flatMap(([name, text]) => {
    const value = fillText(text, values)
    return value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`]
  })
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** Header values are ASCII on the wire: Chinese names travel percent-encoded, and a line break cannot start a new header. */
function fillHeaders(template: Record<string, string>, values: TemplateValues): Record<string, string> {
  const filled: Record<string, string> = { accept: 'application/json', 'accept-encoding': 'identity' }
  for (const [name, text] of Object.entries(template)) {
    const value = fillText(text, values)
    if (value !== undefined) filled[name] = /^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value)
  }
  return filled
}

function fillBody(
  { request, charset }: HttpJsonConfig,
  values: TemplateValues,
): { text: string; contentType: string } | null {
  if (request.form !== undefined) {
    const form = new URLSearchParams()
    for (const [name, text] of Object.entries(request.form)) {
      const value = fillText(text, values)
      if (value !== undefined) form.append(name, value)
    }
    return { text: form.toString(), contentType: 'application/x-www-form-urlencoded; charset=utf-8' }
  }
  if (request.body === undefined) return null
  const json = JSON.stringify(fillJson(request.body, values))
  // Escaped to ASCII, the same bytes are right in gb18030 and utf-8 alike.
  const text = charset === 'gb18030' ? json.replace(/[^\x20-\x7e]/g, escapeUnit) : json
  return { text, contentType: `application/json; charset=${charset ?? 'utf-8'}` }
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function sign(prepared: PreparedRequest, signing: Signing, values: TemplateValues): PreparedRequest {
  const body = prepared.body ?? ''
  const bodySha256 = createHash('sha256').update(body).digest('hex')
  const extra = { method: prepared.method, path: prepared.path, body, bodySha256 }
  const text = fillText(signing.text ?? '', { ...values, extra }) ?? ''
  const key = values.secrets[signing.secret ?? ''] ?? ''
  const signature = createHmac('sha256', key)
    .update(text)
    .digest(signing.encoding ?? 'hex')
  return { ...prepared, headers: { ...prepared.headers, [(signing.header ?? '').toLowerCase()]: signature } }
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
