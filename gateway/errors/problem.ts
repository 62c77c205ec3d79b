import { type Bilingual, type ExchangeError, FAILURES, type Reason } from './exchange-error.ts'

export const PROBLEM_JSON = 'application/problem+json; charset=utf-8'
export type Language = 'zh' | 'en'

/** RFC 9457 document of one failure (design §10). */
export interface Problem {
  type: string
  title: string
  status: number
  detail?: string
  instance?: string
  code: string
  origin: string
  retry: boolean
  reasons: PublicReason[]
  [extension: string]: unknown
}

interface PublicReason {
  rule: string
  message: string
  fields?: string[]
  grant?: string
  policy?: string
  pointer?: string
  next?: string
}

/** Chinese unless English is clearly preferred (RFC 9110 §12.5.4). */
export function languageOf(acceptLanguage: string | undefined): Language {
  const preferred = (acceptLanguage ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => {
      const [, tag, quality = '1'] = /^\s*(zh|en)(?:-[a-z0-9-]+)?\s*(?:;\s*q=([0-9.]+)\s*)?$/.exec(part) ?? []
      return { tag, quality: Number(quality) }
    })
    .filter(({ tag, quality }) => tag !== undefined && quality > 0)
    .sort((a, b) => b.quality - a.quality)
  return preferred[0]?.tag === 'en' ? 'en' : 'zh'
}

/**
 * Turns a failure into the one document every error leaves as. Only `publicDetail`, `reasons` and `extensions` reach the
 * caller; message and cause stay here.
 */
export function toProblem(failure: ExchangeError, language: Language, exchangeId?: string): Problem {
  const { origin, retry, zh, en } = FAILURES[failure.code]
  const say = (text: Bilingual): string => text[language]
  const { publicDetail, reasons = [], extensions } = failure.options
  return {
    type: `urn:guanyi:problem:${failure.code}`,
    title: say({ zh, en }),
    status: failure.status,
    ...(publicDetail && { detail: say(publicDetail) }),
    ...(exchangeId !== undefined && { instance: `/v1/exchanges/${exchangeId}` }),
    code: failure.code,
    origin,
    retry,
    reasons: reasons.map((reason) => publicReason(reason, say)),
    ...extensions,
  }
}

function publicReason(
  { rule, fields, grant, policy, pointer, next, ...text }: Reason,
  say: (text: Bilingual) => string,
): PublicReason {
  return {
    rule,
    message: say(text),
    ...(fields && { fields }),
    ...(grant !== undefined && { grant }),
    ...(policy !== undefined && { policy }),
    ...(pointer !== undefined && { pointer }),
    ...(next && { next: say(next) }),
  }
}

/** The HTTP response of a failure; the same for routes, unknown paths and whatever else is thrown. */
export function problemResponse(failure: ExchangeError, language: Language, exchangeId?: string): Response {
  const problem = toProblem(failure, language, exchangeId)
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': PROBLEM_JSON,
      'content-language': language,
      'cache-control': 'no-store',
      ...(exchangeId !== undefined && { 'x-exchange-id': exchangeId }),
      ...failure.options.headers,
    },
  })
}
