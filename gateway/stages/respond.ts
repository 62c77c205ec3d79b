import { coverageOf } from '../dossier/coverage.ts'
import type { Recorded } from '../exchange.ts'
import { answerType, SD_JWT } from '../requests/negotiation.ts'

/** Answers a recorded exchange: JSON with its evidence, or the evidence alone (design §7). */
export function respond(exchange: Recorded): Response {
  const headers = {
    'cache-control': 'no-store',
    'x-exchange-id': exchange.exchangeId,
    'x-record-index': String(exchange.index),
  }
  if (answerType(exchange.received.accept) === SD_JWT) {
    return new Response(exchange.evidence, { headers: { ...headers, 'content-type': SD_JWT } })
  }
  const { exchangeId, complete, data, results, sources, decision, evidence } = exchange
  const answer = {
    exchangeId,
    complete,
    ...(results === null ? { data } : { results }),
    sources,
    ...(exchange.received.op === 'dossier' && { coverage: coverageOf(exchange) }),
    decision: { grants: decision.grants, policies: decision.policies },
    evidence,
  }
  return new Response(JSON.stringify(answer), {
    headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
  })
}
