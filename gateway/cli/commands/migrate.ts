import { readFile } from 'node:fs/promises'
import { migrate as applySteps } from '../../adapters/postgres/migrate.ts'
import type { Command } from '../command.ts'
import { usageError } from '../exit.ts'
import { ownerUrl } from '../settings.ts'

export const migrate: Command = {
  name: 'migrate',
  zh: '建立或升级数据库：表结构、服务角色、分区',
  en: 'bring the database up to date',
  options: {
    'service-role': {
      value: '角色 role',
      zh: '网关登录用的角色，默认 guanyi_gateway',
      en: 'role the gateway logs in with',
    },
    'service-password-file': {
      value: '文件 file',
      zh: '从文件设置该角色的口令',
      en: 'set the role’s password from a file',
    },
  },
  notes: [
    {
      zh: '以 DATABASE_OWNER_URL 登录（缺省用 DATABASE_URL）。可重复运行，也可多处同时运行。',
      en: 'Logs in by DATABASE_OWNER_URL, or DATABASE_URL. Safe to run again, and by several at once.',
    },
    {
      zh: '运行时网关可照常服务：表被备份占用时短暂等待、反复尝试，不久占锁；约一分半后放弃并说明。',
      en: 'Gateways may go on: where a backup holds the tables it waits briefly, again and again, and gives up after some 90 s.',
    },
  ],
  async run(input, { io, note }) {
    const serviceRole = input.text('service-role')
    const passwordFile = input.text('service-password-file')
    const servicePassword = passwordFile === undefined ? undefined : await readPassword(passwordFile)
    const outcome = await applySteps(ownerUrl(io.env), {
      nowMs: io.now(),
      onWait: note,
      ...(serviceRole !== undefined && { serviceRole }),
      ...(servicePassword !== undefined && { servicePassword }),
    })
    return {
      json: outcome,
      text({ say, green }) {
        const { applied, schemaVersion, partitions } = outcome
        return [
          ...applied.map((step) => say({ zh: `已应用 ${step}`, en: `applied ${step}` })),
          ...partitions.map((partition) => say({ zh: `已建分区 ${partition}`, en: `partition made: ${partition}` })),
          green(
            applied.length > 0
              ? say({ zh: `✓ 数据库结构现为 ${schemaVersion}`, en: `✓ the schema is now ${schemaVersion}` })
              : say({
                  zh: `✓ 数据库结构已是最新（${schemaVersion}）`,
                  en: `✓ the schema is up to date (${schemaVersion})`,
                }),
          ),
        ].join('\n')
      },
    }
  },
}

async function readPassword(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    throw usageError(`读不到口令文件 ${path}（${thrown.code}）`, `cannot read password file ${path} (${thrown.code})`)
  })
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw usageError(`口令文件 ${path} 是空的`, `password file ${path} is empty`)
  return password
}
