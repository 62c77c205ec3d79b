import { randomBytes } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeKeyFile } from '../../adapters/files/key-files.ts'
import { newSystemKey, publishSystemKey } from '../../adapters/files/member-key-files.ts'
import { requireCatalog } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { configError, usageError } from '../exit.ts'
import { keysDir } from '../settings.ts'

const ALGS = ['ES256', 'EdDSA'] as const

export const keysSystem: Command = {
  name: 'keys system',
  zh: '为登记系统生成密钥对并登记公钥',
  en: 'make a key pair for a system',
  positionals: ['<系统 system-id>'],
  options: {
    alg: { value: ALGS.join('|'), choices: ALGS, zh: '算法，默认 ES256', en: 'algorithm, default ES256' },
    out: { value: '文件 file', zh: '私钥文件，默认 <密钥目录>/<系统>.jwk.json', en: 'private key file' },
    'member-keys': {
      value: '目录 dir',
      zh: '公钥目录，默认 GUANYI_MEMBER_KEYS_DIR',
      en: 'directory of public keys, default GUANYI_MEMBER_KEYS_DIR',
    },
    only: { zh: '同时移除该系统原有的公钥', en: 'take the system’s other public keys away' },
  },
  notes: [
    {
      zh: '新公钥与原有公钥并存，便于该系统不停机换钥；换完后用 --only 或手工删去旧的。运行中的网关一秒内生效。',
      en: 'The new public key stands beside the old ones, so that the system can change over without a stop. Running gateways take it up within a second.',
    },
  ],
  async run(input, { io }) {
    const system = input.positionals[0]!
    const memberKeys = input.text('member-keys') ?? (io.env.GUANYI_MEMBER_KEYS_DIR || undefined)
    if (memberKeys === undefined) {
      throw configError(
        '缺少公钥目录：--member-keys 或 GUANYI_MEMBER_KEYS_DIR',
        'no directory of public keys: --member-keys or GUANYI_MEMBER_KEYS_DIR',
      )
    }
    const { systems } = await requireCatalog(io)
    if (!systems.has(system)) {
      throw usageError(
        `目录中没有登记系统 ${system}`,
        `the catalogue has no system ${system}`,
        [...systems.keys()].sort(),
      )
    }
    const file = input.text('out') ?? join(keysDir(io.env), `${system}.jwk.json`)
    if (await stat(file).catch(() => undefined))
      throw usageError(`${file} 已存在，请用 --out 另指文件`, `${file} is there already; name another with --out`)

    const kid = `${system}-${new Date(io.now()).toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`
    const { owner, published } = newSystemKey((input.text('alg') as (typeof ALGS)[number]) ?? 'ES256', kid)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeKeyFile(file, owner)
    const kids = await publishSystemKey(memberKeys, system, published, input.flag('only'))
    return {
      json: { system, kid, alg: owner.alg, keyFile: file, kids },
      text: ({ say, green, dim }) =>
        [
          green(say({ zh: `✓ 已为 ${system} 生成密钥 ${kid}`, en: `✓ key ${kid} made for ${system}` })),
          say({ zh: `  私钥（只交给该系统）：${file}`, en: `  private, for the system only: ${file}` }),
          dim(
            say({
              zh: `  网关现认可的公钥：${kids.join('、')}`,
              en: `  public keys the gateway accepts now: ${kids.join(', ')}`,
            }),
          ),
        ].join('\n'),
    }
  },
}
