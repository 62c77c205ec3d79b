import { createHash } from 'node:crypto'
import type { Grant } from '../../policies/engine/types.ts'
import type { Scalar } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { DatasetAnswer, RequestedField, Shaped, VerifyResult } from '../exchange.ts'
import type { Quota } from '../ports/quota.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { holderOf } from '../stages/inputs.ts'
import { derive } from './derive.ts'
import { createInTurn } from './in-turn.ts'

/** Turns a shaped exchange into a `verify` answer: results instead of values. */
export type CompareClaims = (exchange: Shaped) => Promise<Shaped>

/**
 * Compares each claim with what its source says; no value leaves (R51). Masks do not matter here: nothing is shown.
 * Several rows match when any of them does. A field of a source that gave no answer has no result; `sources` says why.
 *
 * Errors: `quota.exceeded` when the mismatches for (grant, subject, field) are used up, so that `verify` is no guessing
 *         oracle. Mismatches are counted before the answer leaves, and comparisons of one (grant, holder, field) wait for
 *         each other: fifty guesses sent at once would otherwise all be judged before the first was counted. The holder
 *         is whose value is compared, which for `role:dataset.field` is the party: a guesser may change the subject at will.
 */
export const createCompareClaims = ({
  quota,
  digests,
  now,
}: {
  quota: Quota
  digests: SubjectDigests
  now: () => number
}): CompareClaims => {
  const inTurn = createInTurn()
  return async function compareClaims(exchange) {
    const claims = exchange.request.claims ?? {}
    const results: Record<string, VerifyResult> = {}
    for (const field of exchange.fields) {
      const answer = exchange.answers.find(
        ({ key }) => key === (field.role === null ? field.dataset.id : `${field.role}:${field.dataset.id}`),
      )
      if (answer === undefined || answer.status === 'unavailable' || answer.status === 'not-covered') continue
      results[field.name] = await judged(field, answer, claims[field.name]!)
    }
    return { ...exchange, data: {}, results }

    async function judged(field: RequestedField, answer: DatasetAnswer, claim: Scalar): Promise<VerifyResult> {
      const grant = exchange.grants.find(({ id }) => id === exchange.decision.fieldGrants[field.name])!
      const holder = holderOf(exchange.request, field.role) ?? exchange.request.subject
      const detail = createHash('sha256')
        .update(`${digests.of(holder)}|${field.dataset.id}.${field.field}`)
        .digest('base64url')
      return inTurn(`${grant.id}|${detail}`, () => compared(field, answer, claim, grant, detail))
    }

    async function compared(
      field: RequestedField,
      answer: DatasetAnswer,
      claim: Scalar,
      grant: Grant,
      detail: string,
    ): Promise<VerifyResult> {
      if (await quota.mismatchesExhausted(grant.id, grant.ceilings, detail))
        throw tooManyMismatches(grant.id, field.name)
      if (answer.status === 'not-found') return 'not-found'
      const values = field.derived
        ? [derive(field.dataset, field.field, answer.records, now())]
        : answer.records.map((record) => record[field.field])
      if (values.some((value) => equal(value, claim))) return 'match'
      await quota.addMismatch(grant.id, grant.ceilings, detail)
      return 'mismatch'
    }
  }
}

/** Text is compared in NFKC without surrounding or repeated space; other values as they are. */
function equal(value: unknown, claim: Scalar): boolean {
  return typeof value === 'string' && typeof claim === 'string' ? plain(value) === plain(claim) : value === claim
}

const plain = (text: string): string => text.normalize('NFKC').trim().replace(/\s+/g, ' ')

function tooManyMismatches(grantId: string, field: string): ExchangeError {
  const zh = '该主体该信息项的核验不符次数已达上限，请改由人工核验'
  const en = 'too many mismatches for this subject and field; check by hand'
  return new ExchangeError('quota.exceeded', en, {
    reasons: [{ rule: 'mismatches', grant: grantId, fields: [field], zh, en }],
    headers: { 'retry-after': '86400' },
    extensions: { retryAfterSeconds: 86_400 },
  })
}
