import { createHash } from 'node:crypto'
import { type VerifyDeps, verifyEvidence } from '../evidence/verify.ts'
import type { FilledField, MaterialState, PrefillRequest, Situation } from '../prefill/types.ts'
import { EvidenceError } from './errors.ts'

/** The members of a prefill; the client adds `jti` and the envelope. */
export type PrefillAsk = Omit<PrefillRequest, 'jti'> & { jti?: string }

export interface PrefilledForm {
  item: string
  form: string
  name: string
  state: 'complete' | 'skeleton'
  basis: 'sample' | 'official'
  /** Whose grants decided; `null` where the caller is no agent of the item’s department. */
  department: string | null
  situations: Situation[]
  fields: FilledField[]
  materials: MaterialState[]
}

export interface PrefillExchangeAnswer {
  item: string
  role: string
  exchangeId: string
  index: string
  outcome: 'released' | 'refused' | 'failed'
  /** Compact SD-JWT of what was released about this bearer. */
  evidence?: string
}

/** One form for an item; `forms` and `merged` for a bundle. */
export interface PrefillAnswer extends Partial<PrefilledForm> {
  prefillId: string
  materialsUntil: string
  exchanges: PrefillExchangeAnswer[]
  bundle?: string
  forms?: PrefilledForm[]
  merged?: {
    role: string
    element: string
    name: string
    ask: boolean
    fields: { item: string; field: string; filled: boolean }[]
  }[]
}

/**
 * Every bearer's evidence must be the gateway's, for this system, about this very request.
 *
 * Errors: `EvidenceError` naming what differs.
 */
export async function checkPrefill(
  { exchanges }: PrefillAnswer,
  asked: { gatewayId: string; system: string; body: string },
  deps: VerifyDeps,
): Promise<void> {
  const requestHash = createHash('sha256').update(asked.body).digest('base64url')
  for (const { evidence, exchangeId } of exchanges) {
    if (evidence === undefined) continue
    const verified = await verifyEvidence(evidence, deps)
    if (!verified.ok) throw new EvidenceError(`证据未通过验证 / evidence does not verify: ${verified.fault}`)
    const { iss, aud, jti, requestHash: hash } = verified.claims
    if (iss !== asked.gatewayId || aud !== asked.system || jti !== exchangeId || hash !== requestHash)
      throw new EvidenceError('证据与本次请求不符 / evidence is not about this prefill')
  }
}
