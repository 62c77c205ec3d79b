import type { HopReference } from '../ports/connector.ts'
import type { CryptoProvider, VerificationKey } from '../ports/crypto.ts'
import { type EvidenceFault, verifyEvidence } from './verify.ts'

/** Why a step of the way does not hold. */
export type HopFault =
  | EvidenceFault
  /** The evidence is not the one the gateway before it names by its hash. */
  | 'hash'
  | 'issuer'
  | 'exchange'
  /** It was issued to somebody else, or for another department, than the gateway before it says it asked as. */
  | 'audience'
  /** It names another way for the question than the one it came. */
  | 'route'
  /** It names further steps other than those the gateway before it hands on. */
  | 'steps'
  | 'time'

export interface Hop {
  /** As in `sources`: `dataset` or `role:dataset`. */
  source: string
  hop: string
  exchange: string
  /**
   * `verified`: its own signature holds and everything fits the step before. `stated`: no evidence of its own travels
   * along (another platform's protocol, or left out to tell no more than is released); vouched for by the gateway before it.
   */
  state: 'verified' | 'stated' | 'failed'
  fault?: HopFault
  /** The system that asked there, and the department it acted for. */
  system?: string
  onBehalfOf?: string
  /** What the hop itself says, digests only; once verified. */
  claims?: Record<string, unknown>
}

export interface ChainDeps {
  crypto: CryptoProvider
  /** A key of the named gateway; no gateway may vouch with another's. */
  resolveKey(gateway: string, kid: string): VerificationKey | undefined | Promise<VerificationKey | undefined>
}

/** Clocks of two gateways may differ by as much as requests allow. */
const CLOCK_SKEW_SECONDS = 30
/** No exchange is longer: the inner evidence is older than the outer one by at most this. */
const MAX_AGE_SECONDS = 300

/**
 * Follows each source of verified evidence along the gateways it names, from the evidence alone.
 *
 * Shape:  one entry per step, nearest first; nothing behind a failed step is believed or listed. That each step asked
 *         about the same subject is vouched for by the gateway that asked: identifiers are salted anew at each.
 * Errors: `state: 'failed'` with its fault; `key` when no key of that gateway was given.
 */
export async function verifyChain(claims: Record<string, unknown>, deps: ChainDeps): Promise<Hop[]> {
  const hops: Hop[] = []
  for (const [source, entry] of Object.entries(objectOf(claims.sources))) {
    const steps = stepsOf(objectOf(entry).provenance)
    hops.push(...(await follow(claims, steps, source, deps)))
  }
  return hops
}

async function follow(
  outer: Record<string, unknown>,
  [step, ...further]: HopReference[],
  source: string,
  deps: ChainDeps,
): Promise<Hop[]> {
  if (step === undefined) return []
  const { hop, exchange, system, onBehalfOf } = step
  const at = { source, hop, exchange, ...(system && { system }), ...(onBehalfOf && { onBehalfOf }) }
  if (step.evidence === undefined) {
    return [
      { ...at, state: 'stated' },
      ...further.map((next): Hop => ({ source, ...referenceOf(next), state: 'stated' })),
    ]
  }
  if (deps.crypto.digestBase64url('SHA-256', step.evidence) !== step.evidenceHash) {
    return [{ ...at, state: 'failed', fault: 'hash' }]
  }
  const verified = await verifyEvidence(`${step.evidence}~`, {
    crypto: deps.crypto,
    resolveKey: (kid) => deps.resolveKey(hop, kid),
  })
  if (!verified.ok) return [{ ...at, state: 'failed', fault: verified.fault }]
  const { claims } = verified
  const entries = Object.values(objectOf(claims.sources))
  const inner = entries.length === 1 ? stepsOf(objectOf(entries[0]).provenance) : []
  const fault = faultOf(outer, step, further, claims, inner)
  if (fault !== undefined) return [{ ...at, state: 'failed', fault }]
  return [{ ...at, state: 'verified', claims }, ...(await follow(claims, inner, source, deps))]
}

function faultOf(
  outer: Record<string, unknown>,
  step: HopReference,
  further: readonly HopReference[],
  claims: Record<string, unknown>,
  inner: readonly HopReference[],
): HopFault | undefined {
  if (claims.iss !== step.hop) return 'issuer'
  if (claims.jti !== step.exchange) return 'exchange'
  // `onBehalfOf` is not repeated where the asking system is the department's own.
  const otherDepartment = claims.onBehalfOf !== undefined && claims.onBehalfOf !== step.onBehalfOf
  if (claims.aud !== step.system || otherDepartment) return 'audience'
  if (!same(claims.via, [...(Array.isArray(outer.via) ? outer.via : []), outer.iss])) return 'route'
  if (!same(inner.map(referenceOf), further.map(referenceOf))) return 'steps'
  const age = Number(outer.iat) - Number(claims.iat)
  return age >= -CLOCK_SKEW_SECONDS && age <= MAX_AGE_SECONDS ? undefined : 'time'
}

/** The step without the evidence it may carry: that is the same whoever names it. */
function referenceOf({ evidence: _evidence, ...reference }: HopReference): HopReference {
  return reference
}

function stepsOf(value: unknown): HopReference[] {
  if (!Array.isArray(value)) return []
  return value.filter((step): step is HopReference => {
    const { hop, exchange } = objectOf(step)
    return typeof hop === 'string' && typeof exchange === 'string'
  })
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

/** Both come out of parsed JSON; the order of members says nothing. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b
  const [left, right] = [Object.entries(a), Object.entries(b)]
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.length === right.length &&
    left.every(([name, value]) => Object.hasOwn(b, name) && same(value, (b as Record<string, unknown>)[name]))
  )
}
