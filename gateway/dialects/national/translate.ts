import { ExchangeError, type Reason } from '../../errors/exchange-error.ts'
import { assertPlainJson, parseJsonObject } from '../../requests/json-body.ts'
import { type DialectProfile, membersRead } from './profile.ts'

/**
 * The members of an exchange request, without its id, from an old caller's body and its profile. What the profile fixes
 * cannot be said by the body: scenario, item, purpose and fields are never read from it.
 *
 * Shape:  JSON object (objects in it are written `outer.inner`), or a form. Values are texts; an empty one is none.
 * Errors: `request.malformed`, naming members the profile names and no others.
 */
export function translate(profile: DialectProfile, body: Buffer, contentType: string): Record<string, unknown> {
  const members = flatten(readBody(body, contentType))
  assertKnown(profile, members)
  const { subject, keys = {}, caller = {} } = profile
  const given = (path: string | undefined): string | undefined => (path && members.get(path)) || undefined
  const id = given(subject.id)
  if (id === undefined) throw missing(subject.id)
  const inputs = Object.entries(keys).map(([input, path]) => [input, given(path)] as const)
  return defined({
    scenario: profile.scenario,
    item: profile.item,
    purpose: profile.purpose,
    onBehalfOf: profile.onBehalfOf,
    case: given(caller.case),
    application: given(caller.application),
    operator: operatorOf(caller.operator, given),
    subject: defined({ type: subject.type, idType: subject.idType, id, name: given(subject.name) }),
    keys: inputs.length === 0 ? undefined : defined(Object.fromEntries(inputs)),
    fields: Object.values(profile.fields),
  })
}

function operatorOf(
  paths: NonNullable<DialectProfile['caller']>['operator'],
  given: (path: string | undefined) => string | undefined,
): Record<string, unknown> | undefined {
  const id = given(paths?.id)
  // A name without a number is nobody; whether an operator is needed, the grant says.
  if (paths === undefined || id === undefined) return undefined
  return defined({ id, name: given(paths.name), unit: given(paths.unit), assurance: 'asserted' })
}

const defined = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

function readBody(body: Buffer, contentType: string): Record<string, unknown> {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return readForm(body)
  if (type !== '' && type !== 'application/json' && type !== 'text/json')
    throw malformed({ rule: 'media-type', zh: '请求体应为 JSON 或表单', en: 'send JSON or a form' })
  const members = parseJsonObject(body)
  assertPlainJson(body, members)
  return members
}

function readForm(body: Buffer): Record<string, unknown> {
  const pairs = [...new URLSearchParams(body.toString('utf8'))]
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw malformed(repeated)
  // What was not UTF-8 comes out as this character, and would be somebody else's name.
  if (pairs.some((pair) => pair.join('').includes('\ufffd')))
    throw malformed({ rule: 'charset', zh: '表单应为 UTF-8', en: 'the form is not UTF-8' })
  return Object.fromEntries(pairs)
}

const repeated: Reason = { rule: 'repeated', zh: '存在重复的入参', en: 'a member occurs twice' }

function flatten(members: Record<string, unknown>): Map<string, string> {
  const flat = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (value === null || value === undefined) return
    if (typeof value === 'object' && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) walk(inner, path === '' ? name : `${path}.${name}`)
      return
    }
    // Identifiers are texts from socket to storage: a number may have lost digits already (R115).
    if (typeof value !== 'string') throw malformed({ rule: 'type', zh: '入参的值应为字符串', en: 'values are texts' })
    if (flat.has(path)) throw malformed(repeated)
    flat.set(path, value.trim())
  }
  walk(members, '')
  return flat
}

function assertKnown(profile: DialectProfile, members: Map<string, string>): void {
  const known = new Set(membersRead(profile))
  if ([...members.keys()].some((path) => !known.has(path)))
    throw malformed({
      rule: 'additionalProperties',
      zh: '存在方案未约定的入参',
      en: 'a member the profile does not know',
    })
  const others = Object.entries(profile.fixed ?? {}).filter(([path, value]) => members.get(path) !== value)
  if (others.length > 0) {
    throw malformed(
      ...others.map(([path]) => ({
        rule: 'fixed',
        zh: `入参 ${path} 与已签署的方案不符`,
        en: `\`${path}\` is not what the signed profile says`,
      })),
    )
  }
}

const missing = (path: string): ExchangeError =>
  malformed({ rule: 'required', zh: `缺少入参 ${path}`, en: `\`${path}\` is missing` })

const malformed = (...reasons: Reason[]): ExchangeError =>
  new ExchangeError('request.malformed', 'the body does not fit the profile', { reasons })
