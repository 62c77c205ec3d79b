import { createHash } from 'node:crypto'
import { type VerifiedEvidence, type VerifyDeps, verifyEvidence } from '../evidence/verify.ts'
import type { Answer } from './client.ts'
import { EvidenceError } from './errors.ts'

export interface Asked {
  gatewayId: string
  system: string
  /** The bytes as they were sent. */
  body: string
}

/**
 * Evidence is worth something only when it is about this very question: its bytes, its asker, its answer.
 *
 * Errors: `EvidenceError` naming what differs.
 */
export async function checkAnswer(
  answer: Omit<Answer, 'verified'>,
  { gatewayId, system, body }: Asked,
  deps: VerifyDeps,
): Promise<Extract<VerifiedEvidence, { ok: true }>> {
  const verified = await verifyEvidence(answer.evidence, deps)
  if (!verified.ok) throw new EvidenceError(`证据未通过验证 / evidence does not verify: ${verified.fault}`)
  const { claims } = verified
  const requestHash = createHash('sha256').update(body).digest('base64url')
  const wrong = [
    claims.iss !== gatewayId && 'iss',
    claims.aud !== system && 'aud',
    claims.jti !== answer.exchangeId && 'jti',
    claims.requestHash !== requestHash && 'requestHash',
    !sameJson(claims.data ?? {}, answer.data ?? {}) && 'data',
    !sameJson(claims.sources, answer.sources) && 'sources',
    answer.results !== undefined && !sameJson(claims.results, answer.results) && 'results',
  ].filter((word) => word !== false)
  if (wrong.length > 0)
    throw new EvidenceError(`证据与本次请求不符 / evidence is not about this exchange: ${wrong.join(', ')}`)
  return verified
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isComposite(a) || !isComposite(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
  )
}

const isComposite = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
