import type { Catalog } from '../../catalog/types.ts'
import { ExchangeError, type Reason } from '../../errors/exchange-error.ts'
import type { Authenticated, Identified, Received, Recorded } from '../../exchange.ts'
import type { CryptoProvider } from '../../ports/crypto.ts'
import type { DialectProfiles, StoredProfile } from '../../ports/dialect-profiles.ts'
import { inNetworks } from '../../requests/networks.ts'
import { runExchange, type Stages } from '../../run-exchange.ts'
import { systemOf } from '../../stages/authenticate.ts'
import type { SecretSeal } from '../secret-seal.ts'
import { isSignedWith, type Marks, requestIdOf } from './marks.ts'
import { DIALECT, type DialectProfile } from './profile.ts'
import type { Checked, ProfileFaultWord } from './profile-document.ts'
import { translate } from './translate.ts'

/** Why an admission failed that an administrator should look at. Names ids, never a secret or a person. */
export interface DialectAlarm {
  rule: ProfileFaultWord | 'profile-missing' | 'profile-expired' | 'profile-revoked' | 'secret-altered'
  profile: string | null
  system: string | null
}

export interface DialectCallDeps {
  stages: Stages
  profiles: Pick<DialectProfiles, 'ofCaller'>
  secrets: Pick<SecretSeal, 'open'>
  check: (stored: StoredProfile) => Promise<Checked>
  catalog: () => Catalog
  crypto: CryptoProvider
  newId: (nowMs: number) => string
  alarm: (alarm: DialectAlarm) => void
  now: () => number
}

export interface DialectCall {
  marks: Marks | undefined
  path: string
}

/** How far the caller's clock may be from ours, either way (R144). */
export const WINDOW_MS = 180_000

/**
 * Runs one call of an old caller. Its headers are verified and its profile says what it leaves unsaid; from then on it is
 * a request like any other, through the same stages, decided by the same grants, and recorded the same, with the dialect
 * and the profile in its entry (R146, R148). It proves less than a signed request, and counts as unsigned.
 *
 * Errors: `ExchangeEnded`. Before the signature fits nobody is known: counted, not recorded. Afterwards every refusal is
 *         recorded: no profile for the service, one that is altered, ended or for other addresses, a clock that is off.
 */
export const createDialectCall = (deps: DialectCallDeps) =>
  async function run(received: Received, call: DialectCall): Promise<{ recorded: Recorded; profile: DialectProfile }> {
    const { stages, now } = deps
    let admission: Promise<Admission> | undefined
    let admitted: DialectProfile | undefined

    async function authenticate(): Promise<Authenticated> {
      const { marks } = call
      if (marks === undefined) throw unsigned()
      const { system, ofService } = await senderOf(deps, marks)
      admission = choose(deps, { system, ofService, path: call.path, nowMs: now() })
      // A store of signers that is faulty is told of by `identify`, where the refusal is recorded.
      const stored = await admission.then(
        (chosen) => chosen.stored,
        () => ofService[0],
      )
      return {
        received: { ...received, accept: undefined },
        exchangeId: deps.newId(received.receivedAtMs),
        catalog: deps.catalog(),
        sender: { ...systemOf(deps.catalog(), system), signed: false },
        requestHash: deps.crypto.digestBase64url('SHA-256', received.body),
        // So that a refusal is unique by the call, and not by a body many calls may share.
        payload: { jti: requestIdOf(deps.crypto, marks) },
        payloadBytes: received.body,
        dialect: {
          name: DIALECT,
          profile: stored?.id ?? null,
          document: stored === undefined ? null : deps.crypto.digestBase64url('SHA-256', stored.document),
        },
      }
    }

    async function identify(authenticated: Authenticated): Promise<Identified> {
      const marks = call.marks as Marks
      assertInWindow(Number(marks.rtime), now())
      const profile = admittedBy(await (admission as Promise<Admission>))
      assertAddress(authenticated, profile)
      const members = translate(profile, received.body, received.contentType)
      const payload = Buffer.from(JSON.stringify({ jti: requestIdOf(deps.crypto, marks), ...members }))
      admitted = profile
      return await stages.identify({ ...authenticated, payload, payloadBytes: payload })
    }

    const recorded = await runExchange(received, { ...stages, authenticate, identify })
    return { recorded, profile: admitted as DialectProfile }
  }

/**
 * Whose call it is: the system beside whose name the secret was sealed that signed it. A revoked profile's secret proves
 * nobody any more.
 */
async function senderOf(deps: DialectCallDeps, marks: Marks): Promise<{ system: string; ofService: StoredProfile[] }> {
  const all = await deps.profiles.ofCaller(marks.rid)
  const fitting = all.filter((each) => {
    const secret = deps.secrets.open(each)
    if (secret === undefined) deps.alarm({ rule: 'secret-altered', profile: each.id, system: each.system })
    return secret !== undefined && isSignedWith(deps.crypto, secret, marks)
  })
  const inForce = fitting.filter(({ revokedAtMs }) => revokedAtMs === null)
  const [first] = inForce
  if (first === undefined || inForce.some(({ system }) => system !== first.system)) {
    const [revoked] = fitting
    if (revoked === undefined)
      throw all.length === 0
        ? new ExchangeError('identity.unknown', 'no such requester')
        : new ExchangeError('request.signature', 'the sign header does not verify')
    deps.alarm({ rule: 'profile-revoked', profile: revoked.id, system: revoked.system })
    throw new ExchangeError('identity.unknown', 'the profile is revoked', { reasons: [WORDS['profile-revoked']] })
  }
  return { system: first.system, ofService: inForce.filter(({ sid }) => sid === marks.sid) }
}

interface Admission {
  /** The profile used; with `rule`, the one that is refused by it. */
  stored?: StoredProfile
  profile?: DialectProfile
  rule?: DialectAlarm['rule'] | 'path'
}

/**
 * The newest profile of the service that holds, has this path and is in its term: one signed in advance, or for a second
 * path, does not cut off the one in use. Where there is none, the newest says why. Alarms for every document that does
 * not hold, also where another one admits the call.
 *
 * Errors: what the registry of signers throws.
 */
async function choose(
  { check, alarm }: DialectCallDeps,
  call: { system: string; ofService: readonly StoredProfile[]; path: string; nowMs: number },
): Promise<Admission> {
  let refused: Admission | undefined
  for (const stored of call.ofService) {
    const checked = await check(stored)
    if (!checked.ok) alarm({ rule: checked.fault, profile: stored.id, system: call.system })
    const rule = checked.ok ? unfit(checked.profile, call) : checked.fault
    if (checked.ok && rule === undefined) return { stored, profile: checked.profile }
    refused ??= { stored, ...(rule !== undefined && { rule }) }
  }
  const outcome: Admission = refused ?? { rule: 'profile-missing' }
  if (outcome.rule === 'profile-missing' || outcome.rule === 'profile-expired')
    alarm({ rule: outcome.rule, profile: outcome.stored?.id ?? null, system: call.system })
  return outcome
}

function unfit({ term, path }: DialectProfile, call: { path: string; nowMs: number }) {
  if (call.nowMs < Date.parse(term.from) || call.nowMs >= Date.parse(term.until)) return 'profile-expired'
  return path === call.path ? undefined : 'path'
}

/** Errors: `access.denied` naming the rule; `request.unknown-resource` for a path the profile has not. */
function admittedBy({ profile, rule = 'profile-missing' }: Admission): DialectProfile {
  if (profile !== undefined) return profile
  if (rule === 'path') throw new ExchangeError('request.unknown-resource', 'the profile has another path')
  throw new ExchangeError('access.denied', `not admitted: ${rule}`, { reasons: [WORDS[rule]] })
}

function assertInWindow(atMs: number, nowMs: number): void {
  if (Math.abs(atMs - nowMs) <= WINDOW_MS) return
  throw new ExchangeError('request.expired', 'rtime is outside the window', {
    publicDetail: {
      zh: `gjgxjhpt_rtime 与网关时间相差超过 ${WINDOW_MS / 1000} 秒，请校准时钟`,
      en: `gjgxjhpt_rtime is more than ${WINDOW_MS / 1000} s off; set the clock`,
    },
  })
}

function assertAddress({ received }: Authenticated, { networks }: DialectProfile): void {
  if (received.address !== null && inNetworks(received.address, networks)) return
  throw new ExchangeError('access.denied', 'the address is not on the profile’s list', {
    reasons: [
      {
        rule: 'network',
        zh: '来源地址不在方案的地址清单内',
        en: 'the address is not on the profile’s list of addresses',
      },
    ],
  })
}

const unsigned = (): ExchangeError =>
  new ExchangeError('request.unsigned', 'the four headers are not there', {
    publicDetail: {
      zh: '请求头应有 gjgxjhpt_rid、gjgxjhpt_sid、gjgxjhpt_rtime、gjgxjhpt_sign 各一，且格式正确',
      en: 'send gjgxjhpt_rid, gjgxjhpt_sid, gjgxjhpt_rtime and gjgxjhpt_sign, each once and well formed',
    },
  })

const word = (rule: DialectAlarm['rule'], zh: string, en: string): Reason => ({ rule, zh, en })
const WORDS: Record<DialectAlarm['rule'], Reason> = {
  'profile-missing': word('profile-missing', '没有为该服务签署接入方案', 'no profile was signed for this service'),
  'profile-expired': word('profile-expired', '接入方案不在期限内', 'the profile is outside its term'),
  'profile-revoked': word('profile-revoked', '接入方案已撤销', 'the profile is revoked'),
  'profile-altered': word('profile-altered', '接入方案的签名不成立', 'the profile’s signature does not hold'),
  'profile-signer': word('profile-signer', '接入方案的签署人已不在任', 'the profile’s signer is no longer in office'),
  'profile-elsewhere': word('profile-elsewhere', '接入方案不是为本网关签署的', 'the profile is for another gateway'),
  'secret-altered': word('secret-altered', '共享密钥无法启封', 'the shared secret does not open'),
}
