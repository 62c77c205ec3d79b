import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import { initInstallationKeys } from '../../adapters/files/installation-keys.ts'
import type { Command } from '../command.ts'
import { keysDir } from '../settings.ts'

export const keysInit: Command = {
  name: 'keys init',
  zh: '为新安装生成签名密钥与各用途的秘密',
  en: 'make the keys of an installation',
  positionals: ['[目录 dir]'],
  notes: [
    {
      zh: '目录 0700、文件 0600；已有的文件保持不变，可重复运行。默认目录为 GUANYI_KEYS_DIR，或 .guanyi/keys。请离线备份：丢失后旧证据无法再核验，封存的内容无法再打开。',
      en: 'Directory 0700, files 0600; present files stay as they are. Default GUANYI_KEYS_DIR, or .guanyi/keys. Keep a copy offline: without them old evidence cannot be verified and sealed content cannot be opened.',
    },
  ],
  async run({ positionals: [given] }, { io }) {
    const dir = keysDir(io.env, given)
    const made = await initInstallationKeys(dir, createSoftwareCrypto(), io.now())
    return {
      json: { dir, made },
      text: ({ say, green }) =>
        made.length > 0
          ? green(say({ zh: `✓ 已在 ${dir} 生成 ${made.join('、')}`, en: `✓ made ${made.join(', ')} in ${dir}` }))
          : say({ zh: `${dir} 中的密钥已齐全，未作改动`, en: `the keys in ${dir} are complete; nothing was changed` }),
    }
  },
}
