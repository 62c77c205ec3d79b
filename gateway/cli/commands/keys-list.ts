import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ISSUER_FILE, type KeyState, readIssuerKeys } from '../../adapters/files/issuer-keys.ts'
import { readSecrets, SECRETS_FILE } from '../../adapters/files/secrets.ts'
import type { Command } from '../command.ts'
import { asConfigError } from '../exit.ts'
import { chinaTime } from '../layout/china-time.ts'
import { columns, indent } from '../layout/table.ts'
import { keysDir } from '../settings.ts'

const STATES: Record<KeyState, { zh: string; en: string }> = {
  next: { zh: '待用（已公布）', en: 'next (published)' },
  active: { zh: '在用', en: 'active' },
  retired: { zh: '退役（只核验）', en: 'retired (verifies only)' },
}

export const keysList: Command = {
  name: 'keys list',
  zh: '列出密钥的编号与状态',
  en: 'list keys by number and state',
  positionals: ['[目录 dir]'],
  async run({ positionals: [given] }, { io }) {
    const dir = keysDir(io.env, given)
    const issuer = await readIssuerKeys(dir).catch(asConfigError)
    const secrets = await readSecrets(dir).catch(asConfigError)
    const files = await Promise.all(
      [ISSUER_FILE, SECRETS_FILE].map(async (file) => {
        const { mode } = await stat(join(dir, file))
        return { file, mode: (mode & 0o777).toString(8).padStart(4, '0') }
      }),
    )
    const keys = issuer.map(({ kid, alg, state, since }) => ({ kid, alg, state, since: since ?? null }))
    const ids = [...secrets].map(([purpose, { id }]) => ({ purpose, id }))
    return {
      json: { dir, keys, secrets: ids, files },
      text({ say, bold, green, dim }) {
        const rows = keys.map(({ kid, alg, state, since }) => [
          kid,
          alg,
          state === 'active' ? green(say(STATES[state])) : say(STATES[state]),
          since === null ? '' : dim(chinaTime(Date.parse(since))),
        ])
        return [
          `${bold(say({ zh: '证据签名密钥', en: 'Evidence keys' }))}\n${indent(columns(rows).join('\n'))}`,
          `${bold(say({ zh: '秘密（各用途一份）', en: 'Secrets, one per purpose' }))}\n${indent(columns(ids.map(({ purpose, id }) => [purpose, id])).join('\n'))}`,
          `${bold(say({ zh: `文件 ${dir}`, en: `Files in ${dir}` }))}\n${indent(columns(files.map(({ file, mode }) => [file, mode])).join('\n'))}`,
        ].join('\n\n')
      },
    }
  },
}
