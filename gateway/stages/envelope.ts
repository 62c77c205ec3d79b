import type { MemberEntry, SystemEntry } from '../catalog/types.ts'
import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { Authenticated, Received } from '../exchange.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import { assertPlainJson, parseJsonObject } from '../requests/json-body.ts'
import { assertAcceptable } from '../requests/negotiation.ts'
import { inNetworks } from '../requests/networks.ts'
import type { ShapeCheck } from '../requests/validators.ts'

/** What every POST of the data plane shares, whatever it asks for (design §4). */
export interface EnvelopeDeps {
  gatewayId: string
  replay: ReplayGuard
  log: Pick<ExchangeLog, 'findByRequestId'>
  now: () => number
}

const SKEW_MS = 30_000
const MAX_LIFETIME_S = 300
/** A token-borne request carries no expiry of its own; its id stays taken for a day. */
export const PLAIN_REQUEST_ID_MS = 24 * 3_600_000

/**
 * Reads the members of an authenticated body and checks that they are for this gateway and operation, of the published
 * shape, and fresh. Its first use is checked apart (`assertFirstUse`), once the members are known to be harmless.
 *
 * Errors: `identity.suspended`, `access.denied` (network), `request.malformed`, `request.expired`.
 */
export function openEnvelope<T>(
  { gatewayId, now }: Pick<EnvelopeDeps, 'gatewayId' | 'now'>,
  authenticated: Authenticated,
  shape: ShapeCheck<T>,
): { payload: T; expiresAtMs: number } {
  const { sender, received } = authenticated
  if (sender.system.status === 'suspended') throw new ExchangeError('identity.suspended', 'the system is suspended')
  assertNetwork(authenticated)
  assertAcceptable(received.accept)
  const payload = Buffer.isBuffer(authenticated.payload)
    ? parseJsonObject(authenticated.payload)
    : authenticated.payload
  assertPlainJson(authenticated.payloadBytes, payload)
  if (sender.signed) assertEnvelope(payload, received.op, gatewayId)
  const members = shape(sender.signed, payload)
  return { payload: members, expiresAtMs: sender.signed ? assertFresh(payload, now()) : now() + PLAIN_REQUEST_ID_MS }
}

/** Errors: `access.denied` for an address outside the system's networks. */
export function assertNetwork({
  sender,
  received,
}: {
  sender: { system: Pick<SystemEntry, 'networks'> }
  received: Pick<Received, 'address'>
}): void {
  const { networks } = sender.system
  if (networks.length > 0 && (received.address === null || !inNetworks(received.address, networks))) {
    throw new ExchangeError('access.denied', 'client address outside the system’s networks', {
      reasons: [
        {
          rule: 'network',
          zh: '来源地址不在该系统登记的网络范围内',
          en: 'the address is outside the networks registered for this system',
        },
      ],
    })
  }
}

/** `aud` and `op` bind the signature to this gateway and this operation. */
function assertEnvelope(payload: Record<string, unknown>, op: string, gatewayId: string): void {
  const reasons: Reason[] = []
  if (payload.aud !== gatewayId) {
    reasons.push({ rule: 'aud', pointer: '/aud', zh: 'aud 不是本网关', en: 'aud is not this gateway' })
  }
  if (payload.op !== op) reasons.push({ rule: 'op', pointer: '/op', zh: `op 应为 ${op}`, en: `op must be \`${op}\`` })
  if (reasons.length > 0)
    throw new ExchangeError('request.malformed', 'signed for another audience or operation', { reasons })
}

/** Answers when the request's id may be forgotten. Clock skew of 30 s is borne on both sides. */
function assertFresh(payload: Record<string, unknown>, nowMs: number): number {
  const iat = payload.iat as number
  const exp = payload.exp as number
  if (exp <= iat || exp - iat > MAX_LIFETIME_S) {
    throw new ExchangeError('request.malformed', 'exp is not within 300 s after iat', {
      reasons: [
        {
          rule: 'exp',
          pointer: '/exp',
          zh: 'exp 应晚于 iat 且不超过 300 秒',
          en: 'exp must lie within 300 s after iat',
        },
      ],
    })
  }
  if (nowMs > exp * 1000 + SKEW_MS || nowMs < iat * 1000 - SKEW_MS) {
    const late = nowMs > exp * 1000
    throw new ExchangeError('request.expired', late ? 'request is too old' : 'request is from the future', {
      publicDetail: late
        ? { zh: '请求已过期，请核对系统时钟后重新签名', en: 'the request has expired; check the clock and sign again' }
        : {
            zh: '请求的签发时间晚于网关时间，请核对系统时钟',
            en: 'the request is issued in the future; check the clock',
          },
      extensions: { serverTime: new Date(nowMs).toISOString() },
    })
  }
  return exp * 1000 + SKEW_MS
}

/** Refuses most repeats early; the record's transaction refuses the rest (design §4). */
export async function assertFirstUse(
  deps: EnvelopeDeps,
  { sender, exchangeId }: Authenticated,
  jti: string,
  expiresAtMs: number,
): Promise<void> {
  const claim = await deps.replay.claim(sender.system.id, jti, exchangeId, expiresAtMs)
  if (claim === 'claimed') return
  const first = await deps.log.findByRequestId(sender.system.id, jti).catch(() => undefined)
  throw replayed(first?.exchangeId ?? claim.firstExchangeId, first?.outcome ?? null)
}

/** `outcome` is null while the first exchange has no durable record yet. */
export function replayed(firstExchangeId: string, outcome: string | null): ExchangeError {
  return new ExchangeError('request.replayed', 'request id was used before', {
    publicDetail: {
      zh: '该请求标识已使用；可凭首次交换编号查询结果，或换新标识并以 retryOf 注明首次交换后重试',
      en: 'this request id was used; look the first exchange up, or ask again under a new id with `retryOf`',
    },
    extensions: { firstExchange: { id: firstExchangeId, outcome, href: `/v1/exchanges/${firstExchangeId}` } },
  })
}

/** The department the sender acts for. Errors: `access.denied` where it is not its registered agent. */
export function actingMember({ catalog, sender }: Authenticated, onBehalfOf: string | undefined): MemberEntry {
  if (onBehalfOf === undefined || onBehalfOf === sender.member.id) return sender.member
  const acting = catalog.members.get(onBehalfOf)
  if (acting === undefined || !sender.system.agentFor.includes(onBehalfOf)) {
    throw new ExchangeError('access.denied', 'not an agent of the acting department', {
      reasons: [
        {
          rule: 'agency',
          pointer: '/onBehalfOf',
          zh: '该系统未登记为所述办理部门的代理系统',
          en: 'this system is not registered as an agent of that department',
          next: {
            zh: '请由办理部门向主管部门登记代理关系',
            en: 'have the department register this system as its agent',
          },
        },
      ],
    })
  }
  return acting
}
