import { notGranted } from '../../policies/engine/refusal.ts'
import { resolveField } from '../catalog/field-ref.ts'
import type { Catalog, MemberEntry } from '../catalog/types.ts'
import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { Authenticated, ExchangeRequest, Identified, RequestedField } from '../exchange.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import { assertNoIdentifierInFreeText } from '../requests/free-text.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { assertAcceptable } from '../requests/negotiation.ts'
import { inNetworks } from '../requests/networks.ts'
import { normaliseSubjects } from '../requests/subjects.ts'
import { assertRequestShape } from '../requests/validators.ts'
import { assertInputsPresent, groupByDataset, holderOf } from './inputs.ts'

export interface IdentifyDeps {
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
 * Checks that the request is well formed, for this gateway and operation, fresh and its first use, that the acting
 * department is one this system may act for, and that subject, parties and fields are what they say.
 *
 * Errors: `identity.suspended`, `access.denied` (network, agency), `request.malformed`, `request.expired`,
 *         `request.replayed` (naming the first exchange), `subject.*`, `field.unknown`.
 */
export const createIdentify = (deps: IdentifyDeps) =>
  async function identify(authenticated: Authenticated): Promise<Identified> {
    const { sender, received, catalog } = authenticated
    if (sender.system.status === 'suspended') throw new ExchangeError('identity.suspended', 'the system is suspended')
    assertNetwork(authenticated)
    assertAcceptable(received.accept)

    const payload = Buffer.isBuffer(authenticated.payload)
      ? parseJsonObject(authenticated.payload)
      : authenticated.payload
    if (sender.signed) assertEnvelope(payload, received.op, deps.gatewayId)
    assertRequestShape(received.op, sender.signed, payload)
    const expiresAtMs = sender.signed ? assertFresh(payload, deps.now()) : deps.now() + PLAIN_REQUEST_ID_MS
    const written = payload as unknown as ExchangeRequest
    assertNoIdentifierInFreeText(written)

    await assertFirstUse(deps, authenticated, written.jti, expiresAtMs)

    const request = normaliseSubjects(written, deps.now())
    const acting = actingMember(authenticated, request.onBehalfOf)
    assertItem(catalog, request)
    const fields = requestedFields(catalog, request)
    const identified: Identified = {
      ...authenticated,
      request,
      requestId: { iss: sender.system.id, jti: written.jti, expiresAtMs },
      acting,
      fields,
    }
    assertSubjectsFit(identified)
    assertInputsPresent(identified)
    return identified
  }

function assertNetwork({ sender, received }: Authenticated): void {
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
async function assertFirstUse(
  deps: IdentifyDeps,
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

function actingMember({ catalog, sender }: Authenticated, onBehalfOf: string | undefined): MemberEntry {
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

/** An unknown scenario or item reads like one without a grant: the record keeps no word that is not in the catalogue. */
function assertItem(catalog: Catalog, request: ExchangeRequest): void {
  const unknown = !catalog.scenarios.has(request.scenario)
    ? { rule: 'scenario', pointer: '/scenario', zh: '目录中没有这个应用场景', en: 'the catalogue has no such scenario' }
    : request.item !== undefined && !catalog.items.has(request.item)
      ? { rule: 'item', pointer: '/item', zh: '目录中没有这个事项', en: 'the catalogue has no such item' }
      : undefined
  if (unknown !== undefined)
    throw new ExchangeError('access.denied', 'scenario or item is not in the catalogue', { reasons: [unknown] })
}

function requestedFields(catalog: Catalog, request: ExchangeRequest): RequestedField[] {
  const names = request.fields ?? Object.keys(request.claims ?? {})
  const unknownDatasets: string[] = []
  const unknownFields: string[] = []
  const found: RequestedField[] = []
  for (const name of names) {
    const resolved = resolveField(catalog, name)
    if (resolved.ok) found.push(resolved.field)
    else if (resolved.fault === 'dataset') unknownDatasets.push(name)
    else unknownFields.push(name)
  }
  if (unknownDatasets.length > 0) {
    // Same answer as for a dataset that exists and was not granted: what is not published cannot be probed for.
    throw new ExchangeError('access.denied', 'dataset is not in the catalogue', {
      reasons: [notGranted(request.scenario, unknownDatasets)],
    })
  }
  if (unknownFields.length > 0) {
    throw new ExchangeError('field.unknown', 'field is not in the dataset', {
      reasons: [
        {
          rule: 'field',
          fields: unknownFields,
          zh: '数据资源中没有这些信息项',
          en: 'the datasets have no such fields',
        },
      ],
    })
  }
  return found
}

/** A dataset about organisations is not asked about a person: the source would be given the wrong kind of number. */
function assertSubjectsFit({ fields, request }: Identified): void {
  const wrong = groupByDataset(fields).filter(({ role, dataset }) => {
    const holder = holderOf(request, role)
    return (
      holder !== undefined && !(dataset.subjectTypes.includes(holder.type) && dataset.idTypes.includes(holder.idType))
    )
  })
  if (wrong.length === 0) return
  throw new ExchangeError('subject.invalid', 'dataset is not about this kind of subject', {
    reasons: wrong.map(({ key, role, dataset, asked }) => ({
      rule: 'subject-kind',
      pointer: role === null ? '/subject' : '/parties',
      fields: asked.map(({ name }) => name),
      zh: `“${dataset.name}”不按这类主体或标识查询`,
      en: `\`${key}\` cannot be asked by this kind of subject or identifier`,
    })),
  })
}
