import { ExchangeError } from '../errors/exchange-error.ts'

export const SD_JWT = 'application/sd-jwt'
export type AnswerType = 'application/json' | typeof SD_JWT

/** The form of the answer; JSON unless the compact SD-JWT is asked for by name. */
export function answerType(accept: string | undefined): AnswerType | undefined {
  if (accept === undefined || accept.trim() === '') return 'application/json'
  const wanted = accept
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(\.0{0,3})?\s*$/.test(part))
    .map((part) => part.split(';', 1)[0]!.trim())
  if (wanted.includes(SD_JWT) && !wanted.includes('application/json')) return SD_JWT
  return wanted.some((type) => ['application/json', 'application/*', '*/*', 'application/problem+json'].includes(type))
    ? 'application/json'
    : wanted.includes(SD_JWT)
      ? SD_JWT
      : undefined
}

export function assertAcceptable(accept: string | undefined): void {
  if (answerType(accept) !== undefined) return
  throw new ExchangeError('request.malformed', 'no acceptable answer type', {
    status: 406,
    publicDetail: {
      zh: '可返回 application/json 或 application/sd-jwt',
      en: 'answers are application/json or application/sd-jwt',
    },
  })
}
