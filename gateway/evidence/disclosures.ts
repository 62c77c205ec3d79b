import { isUtf8 } from 'node:buffer'
import { isCanonicalBase64url } from '../jose/base64url.ts'
import { RESERVED_NAMES } from './sd-jwt.ts'

export type DisclosureFault =
  | 'format'
  | 'key-binding'
  | 'payload'
  | 'hash-algorithm'
  | 'disclosure'
  | 'unreferenced'
  | 'duplicate'
  | 'reserved'

/** The evidence breaks a rule of the format. Quotes nothing. */
export class SdJwtError extends Error {
  override readonly name = 'SdJwtError'
  constructor(readonly fault: DisclosureFault) {
    super(`not a well-formed SD-JWT: \`${fault}\``)
  }
}

export interface DisclosedValue {
  /** Member names and, in arrays, positions from 0: `['data', 'social-insurance', '0', 'base']`. */
  path: string[]
  value: unknown
}
interface Applied extends DisclosedValue {
  encoded: string
  /** Disclosure whose value holds this one's digest, for nested ones made by others. */
  within: string | null
}

/** Takes the compact form apart: issuer-signed JWT, then disclosures, each closed by `~`. We bind no holder's key, so none may be at the end. */
export function splitSdJwt(compact: string): { issuerJwt: string; disclosures: string[] } {
  const [issuerJwt, ...rest] = compact.split('~')
  if (!issuerJwt || rest.length === 0) throw new SdJwtError('format')
  if (rest.pop() !== '') throw new SdJwtError('key-binding')
  return { issuerJwt, disclosures: rest }
}

/** A JSON object in UTF-8. */
export function parsePayload(bytes: Buffer): Record<string, unknown> {
  const payload = parseJson(bytes)
  if (!isObject(payload)) throw new SdJwtError('payload')
  return payload
}

/**
 * Puts the disclosed values where their digests stand and takes all traces of the format out of the claims.
 *
 * Digests without a disclosure are values kept hidden (or decoys) and are passed over. Refused are: a digest that stands twice anywhere, a
 * disclosure given twice or referenced nowhere, one of the wrong form for its place, a reserved name, a name that is there already.
 * Source: RFC 9901 §7.1, steps 3 and 4.
 */
export function applyDisclosures(
  payload: Record<string, unknown>,
  encoded: readonly string[],
  digest: (disclosure: string) => string,
): { claims: Record<string, unknown>; disclosed: Applied[] } {
  const { _sd_alg: hashAlgorithm = 'sha-256', ...members } = payload
  if (hashAlgorithm !== 'sha-256') throw new SdJwtError('hash-algorithm')
  const byDigest = new Map(encoded.map((disclosure) => [digest(disclosure), parseDisclosure(disclosure)]))
  if (byDigest.size !== encoded.length) throw new SdJwtError('duplicate')

  const seen = new Set<string>()
  const disclosed: Applied[] = []
  const claims = walk(members, [], null) as Record<string, unknown>
  if (disclosed.length !== byDigest.size) throw new SdJwtError('unreferenced')
  return { claims, disclosed }

  function walk(node: unknown, path: string[], within: string | null): unknown {
    if (Array.isArray(node)) return walkArray(node, path, within)
    return isObject(node) ? walkObject(node, path, within) : node
  }

  function walkArray(elements: unknown[], path: string[], within: string | null): unknown[] {
    const shown: unknown[] = []
    for (const element of elements) {
      const at = [...path, String(shown.length)]
      if (!isObject(element) || !('...' in element)) {
        shown.push(walk(element, at, within))
        continue
      }
      if (Object.keys(element).length !== 1) throw new SdJwtError('reserved')
      const found = take(element['...'])
      if (!found) continue
      if (found.name !== undefined) throw new SdJwtError('disclosure')
      shown.push(apply(found, at, within))
    }
    return shown
  }

  function walkObject(
    { _sd: digests = [], ...members }: Record<string, unknown>,
    path: string[],
    within: string | null,
  ): object {
    if (!Array.isArray(digests)) throw new SdJwtError('reserved')
    if ('...' in members) throw new SdJwtError('reserved')
    const shown = new Map(Object.entries(members).map(([name, value]) => [name, walk(value, [...path, name], within)]))
    for (const digestHere of digests) {
      const found = take(digestHere)
      if (!found) continue
      if (found.name === undefined) throw new SdJwtError('disclosure')
      if (RESERVED_NAMES.has(found.name)) throw new SdJwtError('reserved')
      if (shown.has(found.name)) throw new SdJwtError('duplicate')
      shown.set(found.name, apply(found, [...path, found.name], within))
    }
    return Object.fromEntries(shown) // defines, never assigns: `__proto__` becomes a member like any other
  }

  function take(digestHere: unknown): Disclosure | undefined {
    if (typeof digestHere !== 'string') throw new SdJwtError('reserved')
    if (seen.has(digestHere)) throw new SdJwtError('duplicate')
    seen.add(digestHere)
    return byDigest.get(digestHere)
  }

  function apply({ encoded, value }: Disclosure, path: string[], within: string | null): unknown {
    const applied: Applied = { path, value: undefined, encoded, within }
    disclosed.push(applied)
    applied.value = walk(value, path, encoded)
    return applied.value
  }
}

interface Disclosure {
  encoded: string
  /** Absent for an element of an array. */
  name: string | undefined
  value: unknown
}

/** `[salt, name, value]` of a member, `[salt, value]` of an array's element. */
function parseDisclosure(encoded: string): Disclosure {
  if (encoded === '' || !isCanonicalBase64url(encoded)) throw new SdJwtError('disclosure')
  const parts = parseJson(Buffer.from(encoded, 'base64url'))
  if (!Array.isArray(parts) || typeof parts[0] !== 'string') throw new SdJwtError('disclosure')
  if (parts.length === 2) return { encoded, name: undefined, value: parts[1] }
  if (parts.length !== 3 || typeof parts[1] !== 'string') throw new SdJwtError('disclosure')
  return { encoded, name: parts[1], value: parts[2] }
}

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
