import { FAILURES } from '../../gateway/errors/exchange-error.ts'
import { contractBroken, timedOut, unreachable } from '../failures.ts'

/** Refusals that are about the link between the gateways, or pass by themselves: nothing the asker did. */
const LINK = [
  'request.unsigned',
  'request.signature',
  'request.expired',
  'request.replayed',
  'identity.unknown',
  'identity.suspended',
  'quota.exceeded',
  'record.unavailable',
  'proof.pending',
  'internal',
]

/** What a hop's refusal means here, naming the hop and its code (R153); nothing else of it is kept. */
export function failureOfHop(hop: string, status: number, problem: unknown): Error {
  const given = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : undefined
  const code = typeof given === 'string' && Object.hasOwn(FAILURES, given) ? given : undefined
  if (code === undefined) {
    const detail = `hop ${hop}: status ${status}, not a gateway’s answer`
    return status >= 500 || status === 429 || status === 408 ? unreachable(detail) : contractBroken(detail)
  }
  const detail = `hop ${hop}: ${code}`
  if (code === 'provider.timeout') return timedOut(detail)
  return code === 'provider.unreachable' || LINK.includes(code) ? unreachable(detail) : contractBroken(detail)
}
