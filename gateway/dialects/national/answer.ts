import { type ExchangeError, FAILURES, type FailureCode } from '../../errors/exchange-error.ts'
import type { Recorded } from '../../exchange.ts'
import type { DialectProfile } from './profile.ts'

/** `code` of a refusal. Published with the README's table: a number, once out, keeps its meaning. */
export const CODES: Record<FailureCode, string> = {
  'request.unsigned': '1000',
  'identity.unknown': '1001',
  'request.signature': '1002',
  'request.expired': '1003',
  'request.replayed': '1005',
  'identity.suspended': '1006',
  'request.unknown-resource': '2001',
  'access.denied': '2002',
  'quota.exceeded': '2003',
  'grant.expired': '2004',
  'grant.suspended': '2005',
  'request.malformed': '3001',
  'subject.invalid': '3002',
  'subject.incomplete': '3003',
  'field.unknown': '3004',
  'provider.unreachable': '4001',
  'provider.timeout': '4002',
  'provider.contract': '4003',
  'record.unavailable': '9001',
  'proof.pending': '9002',
  internal: '9999',
}
export const OK = '0'
export const NOT_COVERED = '4004'

export interface DialectAnswer {
  code: string
  message: string
  data: unknown
  /** Number of the exchange and of its record; null where there is none. */
  requestId: string | null
  /** The signed answer, as in the gateway's own interface. */
  evidence?: string
}

/**
 * A recorded exchange in the dialect's form: rows under the profile's names. A profile covers one dataset, so its status
 * is the answer's: outside the source's coverage is a code of its own, and nothing calls an empty answer proof of absence.
 */
export function answerOf({ data, sources, evidence, exchangeId }: Recorded, profile: DialectProfile): DialectAnswer {
  const [dataset = ''] = Object.keys(sources)
  const found = data[dataset]
  const rows = found === undefined ? [] : Array.isArray(found) ? found : [found]
  const named = rows.map((row) =>
    Object.fromEntries(
      Object.entries(profile.fields).flatMap(([name, field]) => {
        const value = row[field.slice(field.indexOf('.') + 1)]
        return value === undefined ? [] : [[name, value]]
      }),
    ),
  )
  const [code, message] =
    sources[dataset]?.status === 'not-covered'
      ? [NOT_COVERED, '不在数源的覆盖范围内']
      : rows.length === 0
        ? [OK, '成功；未查到记录，不作为不存在的证明']
        : [OK, '成功']
  return { code, message, data: named, requestId: exchangeId, evidence }
}

const SHOWN_REASONS = 3
const REPEATED = '一组请求头只能用一次，请以新的 gjgxjhpt_rtime 重新签名后再发'

/** A failure in the dialect's form: code, one Chinese sentence with the first reasons, no data (R154). */
export function refusalOf(failure: ExchangeError, exchangeId: string | undefined): DialectAnswer {
  const { publicDetail, reasons = [] } = failure.options
  // What an ordinary caller can do about a repeat, this dialect has no words for.
  const detail = failure.code === 'request.replayed' ? REPEATED : publicDetail?.zh
  const said = [FAILURES[failure.code].zh, detail, ...reasons.slice(0, SHOWN_REASONS).map(({ zh }) => zh)]
  return {
    code: CODES[failure.code],
    message: [...new Set(said.filter((text) => text !== undefined))].join('；'),
    data: null,
    requestId: exchangeId ?? null,
  }
}

/** The dialect's platforms answer 200 to whatever they understood, and their callers look at `code`. */
export function dialectResponse(answer: DialectAnswer, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(answer), {
    headers: {
      'content-type': 'application/json;charset=UTF-8',
      'cache-control': 'no-store',
      ...(answer.requestId !== null && { 'x-exchange-id': answer.requestId }),
      ...headers,
    },
  })
}
