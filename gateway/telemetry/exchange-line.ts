import type { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, Operation, Recorded } from '../exchange.ts'
import { describeError } from './logger.ts'
import type { Telemetry } from './telemetry.ts'

export interface ExchangeEnd {
  known: Authenticated | Recorded | null
  op: Operation
  failure: ExchangeError | null
  milliseconds: number
}

/** Counts a call that ended and writes its one line: ids, codes and durations, nothing about a person. */
export const createExchangeLine = ({ metrics, logger }: Telemetry) =>
  function exchangeEnded({ known, op, failure, milliseconds }: ExchangeEnd): void {
    metrics.exchangeEnded(known, op, failure, milliseconds / 1000)
    logger.info(
      {
        exchangeId: known?.exchangeId ?? null,
        system: known?.sender.system.id ?? null,
        op,
        scenario: known !== null && 'request' in known ? known.request.scenario : null,
        outcome: failure === null ? 'released' : failure.status >= 500 ? 'failed' : 'refused',
        code: failure?.code ?? null,
        index: known !== null && 'index' in known ? String(known.index) : null,
        ms: Math.round(milliseconds * 10) / 10,
        correlationId: known?.received.correlationId ?? null,
        ...(known?.dialect !== undefined && { dialect: known.dialect.name, profile: known.dialect.profile }),
        ...(failure !== null &&
          failure.status >= 500 && { error: describeError(failure), cause: describeError(failure.cause) }),
      },
      'exchange',
    )
  }
