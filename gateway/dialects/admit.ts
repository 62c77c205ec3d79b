import { resolveField } from '../catalog/field-ref.ts'
import type { Catalog, DatasetEntry } from '../catalog/types.ts'
import type { ExchangeRequest } from '../exchange.ts'
import type { AdministrativeRecords, Operator } from '../operators/types.ts'
import type { CryptoProvider, SigningKey } from '../ports/crypto.ts'
import type { DialectProfiles } from '../ports/dialect-profiles.ts'
import { inputsOf, missingMembers } from '../stages/inputs.ts'
import { DIALECT, type DialectProfile, type ProfileFault, profileFaults } from './national/profile.ts'
import { signProfile } from './national/profile-document.ts'
import type { SecretSeal } from './secret-seal.ts'

export interface AdmitDeps {
  gatewayId: string
  catalog: Catalog
  profiles: DialectProfiles
  secrets: Pick<SecretSeal, 'seal'>
  records: AdministrativeRecords
  crypto: CryptoProvider
  now: () => number
}

/** A profile that cannot be signed, with every fault. */
export class ProfileRefused extends Error {
  override readonly name = 'ProfileRefused'
  constructor(readonly faults: readonly ProfileFault[]) {
    super('the profile is faulty')
  }
}

/** Weaker ones can be found by trying, from a single call seen on its way. */
const SHORTEST_SECRET = 16
const LONGEST_SECRET = 512

/**
 * Signs a profile as its operator and admits its caller. Recorded first: an admission nobody can find does not exist.
 *
 * Shape:  `written` is the profile without `dialect`, `gateway`, `signedBy` and `signedAt`, which are not the writer's to choose.
 * Errors: `ProfileRefused`; `record.unavailable`; `request.malformed` for a reason with an identifier in it.
 */
export async function admitCaller(
  deps: AdmitDeps,
  {
    operator,
    key,
    written,
    secret,
    reason,
  }: { operator: Operator; key: SigningKey; written: object; secret: Buffer; reason: string },
): Promise<{ profile: DialectProfile; act: string }> {
  const { crypto, profiles, gatewayId, now } = deps
  const content: unknown = {
    ...written,
    dialect: DIALECT,
    gateway: gatewayId,
    signedBy: operator.id,
    signedAt: new Date(now()).toISOString(),
  }
  const form = profileFaults(content)
  if (form.length > 0) throw new ProfileRefused(form)
  const profile = content as DialectProfile
  const faults = [...catalogFaults(profile, deps.catalog, now()), ...(await storeFaults(profile, profiles))]
  if (secret.length < SHORTEST_SECRET || secret.length > LONGEST_SECRET)
    faults.push({
      pointer: '',
      zh: `共享密钥应为 ${SHORTEST_SECRET} 至 ${LONGEST_SECRET} 字节`,
      en: 'secret too short or long',
    })
  if (faults.length > 0) throw new ProfileRefused(faults)

  const { id, rid, sid, system } = profile
  const { exchangeId } = await deps.records.append({
    operator,
    verb: 'dialect.admit',
    subjectDigest: null,
    target: `dialect-profile:${id}`,
    reason,
    details: { system, sid, scenario: profile.scenario, until: profile.term.until },
  })
  const document = await signProfile(crypto, key, profile)
  const sealedSecret = deps.secrets.seal({ id, rid, sid, system }, secret)
  if (!(await profiles.admit({ id, rid, sid, system, document, sealedSecret, admittedAtMs: now() }, operator.id)))
    throw new ProfileRefused([TAKEN])
  return { profile, act: exchangeId }
}

/** Ends an admission; the caller's next request is refused. False when there is none in force. */
export async function revokeProfile(
  { profiles, records, now }: Pick<AdmitDeps, 'profiles' | 'records' | 'now'>,
  { operator, id, reason }: { operator: Operator; id: string; reason: string },
): Promise<{ act: string } | undefined> {
  const found = (await profiles.list()).find((each) => each.id === id)
  if (found === undefined || found.revokedAtMs !== null) return undefined
  const { exchangeId } = await records.append({
    operator,
    verb: 'dialect.revoke',
    subjectDigest: null,
    target: `dialect-profile:${id}`,
    reason,
    details: { system: found.system, sid: found.sid },
  })
  await profiles.revoke(id, operator.id, reason, now())
  return { act: exchangeId }
}

const TAKEN: ProfileFault = {
  pointer: '/id',
  zh: '编号已用过；续期、改动都另立一份方案',
  en: 'the id was used; a renewal is a profile of its own',
}

async function storeFaults({ id, rid, system }: DialectProfile, profiles: DialectProfiles): Promise<ProfileFault[]> {
  const others = (await profiles.ofCaller(rid)).some((each) => each.revokedAtMs === null && each.system !== system)
  const taken = (await profiles.list()).some((each) => each.id === id)
  return [
    ...(taken ? [TAKEN] : []),
    ...(others
      ? [{ pointer: '/rid', zh: '该请求者标识属于另一系统', en: 'the requester belongs to another system' }]
      : []),
  ]
}

/** Whether the catalogue knows what the profile says; asked again, by the ordinary stages, at every use. */
function catalogFaults(profile: DialectProfile, catalog: Catalog, nowMs: number): ProfileFault[] {
  const faults: ProfileFault[] = []
  const fault = (pointer: string, zh: string, en: string) => void faults.push({ pointer, zh, en })
  const registered = catalog.systems.get(profile.system)
  if (registered === undefined) fault('/system', '没有登记的系统', 'no such system')
  const { onBehalfOf } = profile
  if (
    onBehalfOf !== undefined &&
    onBehalfOf !== registered?.member.id &&
    !registered?.system.agentFor.includes(onBehalfOf)
  )
    fault('/onBehalfOf', '该系统不是所述部门的代理系统', 'the system is no agent of that department')
  if (!catalog.scenarios.has(profile.scenario)) fault('/scenario', '没有这个应用场景', 'no such scenario')
  if (profile.item !== undefined && !catalog.items.has(profile.item)) fault('/item', '没有这个事项', 'no such item')
  let dataset: DatasetEntry | undefined
  for (const [name, field] of Object.entries(profile.fields)) {
    const found = resolveField(catalog, field)
    if (found.ok) dataset = found.field.dataset
    else fault(`/fields/${name}`, '没有这个信息项', 'no such field')
  }
  if (dataset !== undefined) faults.push(...askableFaults(profile, dataset))
  if (Date.parse(profile.term.until) <= nowMs) fault('/term/until', '期限已过', 'the term has ended')
  return faults
}

/** Whether the dataset can be asked with what the profile says and takes from the body. */
function askableFaults(profile: DialectProfile, dataset: DatasetEntry): ProfileFault[] {
  const { subject, caller = {}, keys = {}, scenario, item, purpose } = profile
  const faults: ProfileFault[] = []
  if (!dataset.subjectTypes.includes(subject.type))
    faults.push({
      pointer: '/subject/type',
      zh: '该数据资源不按这类主体查询',
      en: 'the dataset is not about this kind of subject',
    })
  if (!dataset.idTypes.includes(subject.idType))
    faults.push({
      pointer: '/subject/idType',
      zh: '该数据资源不按这类标识查询',
      en: 'the dataset is not asked by this kind of identifier',
    })
  // A call with everything the profile takes from a body; the paths stand for what will be there.
  const full: ExchangeRequest = {
    jti: '',
    scenario,
    purpose,
    subject,
    keys,
    ...(item !== undefined && { item }),
    ...(caller.case !== undefined && { case: caller.case }),
    ...(caller.application !== undefined && { application: caller.application }),
    ...(caller.operator !== undefined && { operator: { ...caller.operator, assurance: 'asserted' } }),
  }
  const missing = [...inputsOf(full, null, dataset).missing, ...missingMembers(full, dataset)]
  return [...faults, ...missing.map(({ pointer = '', zh, en }) => ({ pointer, zh, en }))]
}
