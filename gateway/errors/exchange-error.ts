import type { SourceChecks } from '../ports/exchange-log.ts'

/** Every way an exchange can fail. A code, once published, keeps its meaning (design §10). */
export const FAILURES = {
  'request.malformed': {
    status: 400,
    origin: 'consumer',
    retry: false,
    zh: '请求格式不正确',
    en: 'The request is not well formed',
  },
  'request.unsigned': {
    status: 401,
    origin: 'consumer',
    retry: false,
    zh: '请求未签名且未携带访问令牌',
    en: 'The request carries neither a signature nor an access token',
  },
  'request.signature': {
    status: 401,
    origin: 'consumer',
    retry: false,
    zh: '签名或令牌无效',
    en: 'The signature or token is not valid',
  },
  'request.expired': {
    status: 401,
    origin: 'consumer',
    retry: true,
    zh: '请求不在有效时间内',
    en: 'The request is outside its time of validity',
  },
  'request.replayed': {
    status: 409,
    origin: 'consumer',
    retry: false,
    zh: '请求标识已被使用',
    en: 'The request id has been used before',
  },
  'request.unknown-resource': {
    status: 404,
    origin: 'consumer',
    retry: false,
    zh: '没有这个资源',
    en: 'There is no such resource',
  },
  'identity.unknown': {
    status: 401,
    origin: 'consumer',
    retry: false,
    zh: '未登记的系统',
    en: 'The system is not registered',
  },
  'identity.suspended': {
    status: 403,
    origin: 'consumer',
    retry: false,
    zh: '系统已被停用',
    en: 'The system is suspended',
  },
  'subject.invalid': {
    status: 422,
    origin: 'consumer',
    retry: false,
    zh: '主体标识不合规',
    en: 'The subject’s identifier is not well formed',
  },
  'subject.incomplete': {
    status: 422,
    origin: 'consumer',
    retry: false,
    zh: '缺少数源需要的输入项',
    en: 'An input that the source needs is missing',
  },
  'field.unknown': {
    status: 422,
    origin: 'consumer',
    retry: false,
    zh: '没有这个信息项',
    en: 'There is no such field',
  },
  'access.denied': {
    status: 403,
    origin: 'consumer',
    retry: false,
    zh: '未获授权',
    en: 'This exchange is not permitted',
  },
  'grant.expired': { status: 403, origin: 'consumer', retry: false, zh: '授权已到期', en: 'The grant has expired' },
  'grant.suspended': {
    status: 403,
    origin: 'consumer',
    retry: false,
    zh: '授权已被暂停',
    en: 'The grant is suspended',
  },
  'quota.exceeded': {
    status: 429,
    origin: 'consumer',
    retry: true,
    zh: '超过授权的用量上限',
    en: 'A ceiling of the grant is reached',
  },
  'provider.unreachable': {
    status: 502,
    origin: 'provider',
    retry: true,
    zh: '数源系统无法访问',
    en: 'The source system gave no usable answer',
  },
  'provider.contract': {
    status: 502,
    origin: 'provider',
    retry: false,
    zh: '数源返回的数据不符合约定',
    en: 'The source’s answer breaks its contract',
  },
  'provider.timeout': {
    status: 504,
    origin: 'provider',
    retry: true,
    zh: '数源系统响应超时',
    en: 'The source system did not answer in time',
  },
  'record.unavailable': {
    status: 503,
    origin: 'gateway',
    retry: true,
    zh: '交换无法留痕，未放行任何数据',
    en: 'The exchange could not be recorded; nothing was released',
  },
  'proof.pending': {
    status: 503,
    origin: 'gateway',
    retry: true,
    zh: '存证证明尚未生成',
    en: 'The proof is not ready yet',
  },
  internal: { status: 500, origin: 'gateway', retry: false, zh: '网关内部错误', en: 'The gateway failed' },
} as const satisfies Record<string, Failure>

export interface Failure {
  status: number
  origin: 'consumer' | 'provider' | 'gateway'
  retry: boolean
  zh: string
  en: string
}
export type FailureCode = keyof typeof FAILURES

/** A sentence in both languages. Carries no personal value, key or token. */
export interface Bilingual {
  zh: string
  en: string
}

/** Why a request was refused, in a form a person and a program can both use. */
export interface Reason extends Bilingual {
  /** Stable word for programs: `not-granted`, `purpose`, `item`, `term`, `case-required` … */
  rule: string
  /** Fields the reason is about, as written in the request. */
  fields?: string[]
  grant?: string
  policy?: string
  /** JSON pointer into the request. */
  pointer?: string
  /** What to do next. */
  next?: Bilingual
}

export interface ExchangeErrorOptions {
  publicDetail?: Bilingual
  reasons?: Reason[]
  /** Overrides the table's status where §10 lists several for one code (406, 413, 415; 405). */
  status?: number
  /** Members added to the problem document (`serverTime`, `firstExchange`, `retryAfterSeconds` …). */
  extensions?: Record<string, unknown>
  headers?: Record<string, string>
  /** What was seen of the sources' quality before it failed: counted with the record, told to nobody. */
  checks?: SourceChecks[]
  cause?: unknown
}

/** A failure with two faces: `publicDetail`, `reasons` and `extensions` may reach the caller; `message` and `cause` are for the log. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError'
  constructor(
    readonly code: FailureCode,
    message: string,
    readonly options: ExchangeErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
  }

  get status(): number {
    return this.options.status ?? FAILURES[this.code].status
  }
}

/** Turns anything thrown into an `ExchangeError`, keeping one that already is. */
export function asExchangeError(thrown: unknown): ExchangeError {
  return thrown instanceof ExchangeError
    ? thrown
    : new ExchangeError('internal', 'unexpected failure', { cause: thrown })
}
