import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { importSigningJwk } from '../../adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import { createPostgresDialectProfiles } from '../../adapters/postgres/dialect-profiles.ts'
import { admitCaller, ProfileRefused, revokeProfile } from '../../dialects/admit.ts'
import { type Checked, checkProfile, openDocument } from '../../dialects/national/profile-document.ts'
import { createSecretSeal } from '../../dialects/secret-seal.ts'
import { parseOperatorRegistry } from '../../operators/registry-file.ts'
import type { DialectProfiles, StoredProfile } from '../../ports/dialect-profiles.ts'
import type { Command } from '../command.ts'
import { CliError, configError, EXIT, usageError } from '../exit.ts'
import { readJsonArgument, writeResult } from '../files.ts'
import { faultLine } from '../grants/grant-faults.ts'
import { table } from '../layout/table.ts'
import { actingOperator, OPERATOR_KEY_OPTION } from '../operators/acting-operator.ts'
import { REGISTRY_OPTION, registryPath } from '../operators/registry-store.ts'
import { told } from '../operators/told.ts'
import { withRecords } from '../operators/with-records.ts'
import { registryText } from '../retention/open.ts'
import { databaseUrl } from '../settings.ts'
import type { CliIo } from '../terminal.ts'

const REASON = {
  reason: {
    value: '事由 text',
    required: true,
    zh: '事由，记入日志，不得含身份标识',
    en: 'why; recorded, without identifiers',
  },
} as const

export const dialectAdmit: Command = {
  name: 'dialect admit',
  zh: '签署方案，接纳一个旧方言（gjgxjhpt_*）调用方',
  en: 'sign a profile and admit a caller of the old dialect',
  positionals: ['<方案 profile.json|->'],
  options: {
    'secret-file': {
      value: '文件 file',
      required: true,
      zh: '与调用方共享的密钥；文件不存在时生成一把新的',
      en: 'the secret shared with the caller; made anew where there is no such file',
    },
    ...REASON,
    ...OPERATOR_KEY_OPTION,
    ...REGISTRY_OPTION,
  },
  notes: [
    {
      zh: '由安全管理员以本人密钥签署并留痕。方案写明场景、事项、用途、信息项、入参对应、地址清单和不超过366天的期限；格式见 gateway/dialects/README.md。',
      en: 'Signed with a security administrator’s own key, and recorded. The profile says scenario, item, purpose, fields, members of the body, addresses and a term of at most 366 days; see gateway/dialects/README.md.',
    },
  ],
  examples: [
    "guanyi dialect admit enrolment.json --secret-file enrolment.secret --reason '过渡期接入' --operator-key .guanyi/operators/security.jwk.json",
  ],
  async run(input, { io }) {
    const written = await readJsonArgument(input.positionals[0]!, io)
    if (typeof written !== 'object' || written === null || Array.isArray(written))
      throw usageError('方案应为 JSON 对象', 'the profile is a JSON object')
    const keyFile = input.text('operator-key')!
    const registry = await registryText(registryPath(io.env, input.text('registry')))
    const operator = await actingOperator(keyFile, registry, 'security-administrator')
    const key = importSigningJwk(JSON.parse(await readFile(keyFile, 'utf8')) as Record<string, unknown>)
    const { secret, made } = await secretIn(input.text('secret-file')!)
    const { profile, act } = await withRecords(io, ({ keys, ...parts }) =>
      withProfiles(io, (profiles) => {
        const secrets = createSecretSeal(parts.crypto, keys.secret('record-seal'))
        const deps = { ...parts, profiles, secrets, now: io.now }
        return admitCaller(deps, { operator, key, written, secret, reason: input.text('reason')! })
      }),
    ).catch(refused)
    return {
      json: { id: profile.id, system: profile.system, path: profile.path, term: profile.term, secretMade: made, act },
      text: ({ say, green }) =>
        green(
          say({
            zh: `✓ 方案 ${profile.id} 已签署，系统 ${profile.system} 可按旧方言调用 ${profile.path}，至 ${profile.term.until}；留痕 ${act}`,
            en: `✓ profile ${profile.id} signed: ${profile.system} may call ${profile.path} in the old dialect until ${profile.term.until}; recorded as ${act}`,
          }),
        ) +
        (made
          ? `\n${say({ zh: '  已生成新的共享密钥（0600），请交给调用方', en: '  a new secret was made (0600); hand it to the caller' })}`
          : ''),
    }
  },
}

export const dialectRevoke: Command = {
  name: 'dialect revoke',
  zh: '撤销一份方案，调用方的下一次请求即被拒绝',
  en: 'revoke a profile; the caller’s next request is refused',
  positionals: ['<方案 id>'],
  options: { ...REASON, ...OPERATOR_KEY_OPTION, ...REGISTRY_OPTION },
  async run(input, { io }) {
    const id = input.positionals[0]!
    const registry = await registryText(registryPath(io.env, input.text('registry')))
    const operator = await actingOperator(input.text('operator-key')!, registry, 'security-administrator')
    const done = await withRecords(io, ({ records }) =>
      withProfiles(io, (profiles) =>
        revokeProfile({ profiles, records, now: io.now }, { operator, id, reason: input.text('reason')! }),
      ),
    ).catch(told)
    if (done === undefined)
      throw new CliError(EXIT.refused, { zh: `没有在用的方案 ${id}`, en: `no profile ${id} in force` }, [
        'guanyi dialect list',
      ])
    return {
      json: { id, ...done },
      text: ({ say, green }) =>
        green(say({ zh: `✓ ${id} 已撤销；留痕 ${done.act}`, en: `✓ ${id} revoked; recorded as ${done.act}` })),
    }
  },
}

const STATES = {
  'in-force': { zh: '在用', en: 'in force' },
  'not-yet': { zh: '未到期限', en: 'not yet' },
  ended: { zh: '已到期', en: 'ended' },
  revoked: { zh: '已撤销', en: 'revoked' },
  'profile-altered': { zh: '签名不成立', en: 'signature does not hold' },
  'profile-signer': { zh: '签署人已不在任', en: 'signer no longer in office' },
  'profile-elsewhere': { zh: '不是本网关的', en: 'for another gateway' },
} as const

export const dialectList: Command = {
  name: 'dialect list',
  zh: '列出旧方言方案及剩余天数',
  en: 'list the profiles of old callers with the days left',
  options: REGISTRY_OPTION,
  async run(input, { io }) {
    const gatewayId = io.env.GUANYI_GATEWAY_ID
    if (!gatewayId)
      throw configError('缺少环境变量 GUANYI_GATEWAY_ID', 'environment variable GUANYI_GATEWAY_ID is missing')
    const operators = parseOperatorRegistry(await registryText(registryPath(io.env, input.text('registry'))))
    const registry = { find: async (id: string) => operators.get(id) }
    const crypto = createSoftwareCrypto()
    const stored = await withProfiles(io, (profiles) => profiles.list())
    const lines = await Promise.all(
      stored.map(async (each) => lineOf(each, await checkProfile({ crypto, registry, gatewayId }, each), io.now())),
    )
    return {
      json: lines,
      text(terminal) {
        const { say } = terminal
        if (lines.length === 0) return say({ zh: '没有旧方言方案', en: 'no profiles of old callers' })
        const heads = [
          { zh: '方案', en: 'profile' },
          { zh: '状态', en: 'state' },
          { zh: '剩余天数', en: 'days left' },
          { zh: '系统', en: 'system' },
          { zh: '场景', en: 'scenario' },
          { zh: '服务', en: 'service' },
          { zh: '路径', en: 'path' },
        ].map(say)
        const paint = (state: keyof typeof STATES) =>
          (state === 'in-force' ? terminal.green : state === 'revoked' ? terminal.dim : terminal.yellow)(
            say(STATES[state]),
          )
        return table(
          heads,
          lines.map((line) => [
            line.id,
            paint(line.state),
            line.daysLeft === null ? '—' : String(line.daysLeft),
            line.system,
            line.scenario ?? '—',
            line.sid,
            line.path ?? '—',
          ]),
          terminal,
        )
      },
    }
  },
}

function lineOf({ id, sid, system, document, revokedAtMs }: StoredProfile, checked: Checked, nowMs: number) {
  const said = checked.ok ? checked.profile : openDocument(document)?.profile
  const until = said === undefined ? null : Date.parse(said.term.until)
  const state: keyof typeof STATES =
    revokedAtMs !== null
      ? 'revoked'
      : !checked.ok
        ? checked.fault
        : nowMs < Date.parse(checked.profile.term.from)
          ? 'not-yet'
          : until !== null && nowMs >= until
            ? 'ended'
            : 'in-force'
  return {
    id,
    state,
    daysLeft: until === null || state === 'revoked' ? null : Math.max(0, Math.ceil((until - nowMs) / 86_400_000)),
    system,
    sid,
    scenario: said?.scenario ?? null,
    path: said?.path ?? null,
    until: said?.term.until ?? null,
    signedBy: said?.signedBy ?? null,
  }
}

async function withProfiles<T>({ env }: CliIo, work: (profiles: DialectProfiles) => Promise<T>): Promise<T> {
  const profiles = createPostgresDialectProfiles({ url: databaseUrl(env) })
  try {
    return await work(profiles)
  } finally {
    await profiles.close()
  }
}

/** The file's first line; a file that is not there yet gets a new secret. */
async function secretIn(path: string): Promise<{ secret: Buffer; made: boolean }> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined
    throw usageError(`读不到文件 ${path}（${thrown.code}）`, `cannot read file ${path} (${thrown.code})`)
  })
  if (text !== undefined) return { secret: Buffer.from(text.split(/\r?\n/, 1)[0]!), made: false }
  const secret = randomBytes(32).toString('base64url')
  await writeResult(path, `${secret}\n`)
  return { secret: Buffer.from(secret), made: true }
}

function refused(thrown: unknown): never {
  if (!(thrown instanceof ProfileRefused)) return told(thrown)
  throw new CliError(
    EXIT.refused,
    { zh: '方案有误，未签署', en: 'the profile is faulty and was not signed' },
    thrown.faults.map((fault) => faultLine('', fault)),
  )
}
