import { randomBytes } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { generateJwk, importSigningJwk, toPublicJwk } from '../../adapters/crypto/jwk.ts'
import { writeKeyFile } from '../../adapters/files/key-files.ts'
import { ROLE_NAMES } from '../../operators/gate.ts'
import { OPERATOR_ROLES } from '../../operators/registry-file.ts'
import type { OperatorRole } from '../../operators/types.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, usageError } from '../exit.ts'
import { table } from '../layout/table.ts'
import { changeRegistry, REGISTRY_OPTION, readRegistry, registryPath } from '../operators/registry-store.ts'
import { stateDir } from '../settings.ts'

const ALGS = ['ES256', 'EdDSA', 'SM2'] as const

export const operatorAdd: Command = {
  name: 'operator add',
  zh: '登记一名操作员并生成其密钥（一人一账号，三员分立）',
  en: 'register an operator and make their key (one person, one account, one role)',
  positionals: ['<编号 id>'],
  options: {
    name: {
      value: '姓名 name',
      required: true,
      zh: '姓名；同单位重名须加以区分',
      en: 'name, distinct within the member',
    },
    role: { value: OPERATOR_ROLES.join('|'), choices: OPERATOR_ROLES, required: true, zh: '角色', en: 'role' },
    member: { value: '部门 member', required: true, zh: '所属部门编号', en: 'the member they work for' },
    alg: { value: ALGS.join('|'), choices: ALGS, zh: '算法，默认 ES256', en: 'algorithm, default ES256' },
    out: { value: '文件 file', zh: '私钥文件，默认 .guanyi/operators/<编号>.jwk.json', en: 'private key file' },
    ...REGISTRY_OPTION,
  },
  notes: [
    {
      zh: '私钥文件只交给本人（0600）；网关一秒内生效。编号已登记时，为其加一把新密钥以便换钥，姓名、角色、部门须与登记一致。',
      en: 'The private key is for that person alone (0600); the gateway takes it up within a second. For an id that is registered a further key is added, for changing over; name, role and member must be as registered.',
    },
  ],
  examples: ["guanyi operator add op-audit --name '测试审计' --role audit-administrator --member rc-dsjzx"],
  async run(input, { io }) {
    const id = input.positionals[0]!
    const [name, role, member] = [input.text('name')!, input.text('role') as OperatorRole, input.text('member')!]
    const file = input.text('out') ?? join(stateDir(io.env), 'operators', `${id}.jwk.json`)
    if (await stat(file).catch(() => undefined))
      throw usageError(`${file} 已存在，请用 --out 另指文件`, `${file} is there already; name another with --out`)
    const kid = `${id}-${new Date(io.now()).toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`
    const jwk = generateJwk((input.text('alg') as (typeof ALGS)[number]) ?? 'ES256', kid)
    const published = { ...toPublicJwk(importSigningJwk({ ...jwk })) } as Record<string, unknown>
    await changeRegistry(registryPath(io.env, input.text('registry')), async (operators) => {
      const known = operators.find((entry) => entry.id === id)
      if (known !== undefined && (known.name !== name || known.role !== role || known.member !== member)) {
        throw new CliError(EXIT.refused, {
          zh: `${id} 已登记为${ROLE_NAMES[known.role].zh}（${known.name}，${known.member}），不能改作他人或他职`,
          en: `${id} is registered as ${ROLE_NAMES[known.role].en} (${known.name}, ${known.member}) and cannot become another person or role`,
        })
      }
      const entry = { id, name, role, member, status: known?.status ?? ('active' as const) }
      const next = { ...entry, jwks: { keys: [...(known?.jwks.keys ?? []), published] } }
      const changed =
        known === undefined ? [...operators, next] : operators.map((each) => (each === known ? next : each))
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      return changed
    })
    await writeKeyFile(file, jwk)
    return {
      json: { id, role, member, kid, alg: jwk.alg, keyFile: file },
      text: ({ say, green }) =>
        [
          green(
            say({ zh: `✓ 已登记 ${id}：${ROLE_NAMES[role].zh}`, en: `✓ ${id} registered: ${ROLE_NAMES[role].en}` }),
          ),
          say({ zh: `  私钥（只交给本人）：${file}`, en: `  private key, for that person only: ${file}` }),
        ].join('\n'),
    }
  },
}

export const operatorList: Command = {
  name: 'operator list',
  zh: '列出操作员、角色与状态',
  en: 'list operators with role and status',
  options: { ...REGISTRY_OPTION },
  async run(input, { io }) {
    const operators = await readRegistry(registryPath(io.env, input.text('registry')))
    const rows = operators.map(({ jwks, ...rest }) => ({ ...rest, kids: jwks.keys.map(({ kid }) => String(kid)) }))
    return {
      json: { operators: rows },
      text: (terminal) =>
        rows.length === 0
          ? terminal.say({
              zh: '名册是空的；管理面对所有人关闭',
              en: 'the registry is empty: the management plane is closed',
            })
          : table(
              ['编号', '姓名', '角色', '部门', '状态', '密钥'],
              rows.map((row) => [
                row.id,
                row.name,
                ROLE_NAMES[row.role][terminal.lang],
                row.member,
                terminal.say(row.status === 'active' ? { zh: '在用', en: 'active' } : { zh: '停用', en: 'suspended' }),
                row.kids.join(' '),
              ]),
              terminal,
            ),
    }
  },
}

export const operatorSuspend: Command = {
  name: 'operator suspend',
  zh: '停用操作员：其令牌一秒内失效',
  en: 'suspend an operator; their token stops within a second',
  positionals: ['<编号 id>'],
  options: { ...REGISTRY_OPTION },
  notes: [
    {
      zh: '停用的操作员留在名册中，使日志中的编号仍可查到人。',
      en: 'A suspended operator stays in the registry, so that the ids in the log still lead to a person.',
    },
  ],
  async run(input, { io }) {
    const id = input.positionals[0]!
    await changeRegistry(registryPath(io.env, input.text('registry')), (operators) => {
      if (!operators.some((entry) => entry.id === id))
        throw usageError(
          `名册中没有 ${id}`,
          `the registry has no ${id}`,
          operators.map((entry) => entry.id),
        )
      return operators.map((entry) => (entry.id === id ? { ...entry, status: 'suspended' as const } : entry))
    })
    return {
      json: { id, status: 'suspended' },
      text: ({ say, green }) => green(say({ zh: `✓ ${id} 已停用`, en: `✓ ${id} suspended` })),
    }
  },
}
