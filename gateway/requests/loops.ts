import { ExchangeError } from '../errors/exchange-error.ts'
import type { ExchangeRequest } from '../exchange.ts'

/**
 * Refuses a question that comes back to a gateway it has been at: it would go round until something breaks (R152).
 *
 * Errors: `access.denied`.
 */
export function assertNoLoop({ via }: Pick<ExchangeRequest, 'via'>, gatewayId: string): void {
  if (!via?.includes(gatewayId)) return
  throw new ExchangeError('access.denied', 'the question has been here before', {
    reasons: [
      {
        rule: 'loop',
        pointer: '/via',
        zh: '该请求已途经本网关，级联配置成环',
        en: 'the question came through this gateway before; the cascade is a loop',
      },
    ],
  })
}
