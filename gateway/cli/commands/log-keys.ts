import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import { loadLogKeys } from '../../adapters/files/log-keys.ts'
import { createLogSigners } from '../../log/log-signers.ts'
import type { Command } from '../command.ts'
import { configError } from '../exit.ts'
import { keysDir } from '../settings.ts'

export const logKeys: Command = {
  name: 'log keys',
  zh: '显示日志公钥（vkey），交给审计与见证方',
  en: 'show the log’s public keys',
  positionals: ['[目录 dir]'],
  options: { 'gateway-id': { value: 'id', zh: '网关标识，或 GUANYI_GATEWAY_ID', en: 'or GUANYI_GATEWAY_ID' } },
  notes: [
    {
      zh: '日志密钥与网关标识终身不变：换了密钥就是另一部日志。请把公钥以公文或公告等网关之外的途径公布。',
      en: 'The keys and the gateway id are for life: another key is another log. Publish the vkeys by a way other than the gateway.',
    },
  ],
  async run(input, { io }) {
    const origin = input.text('gateway-id') ?? io.env.GUANYI_GATEWAY_ID
    if (!origin) throw configError('缺少 --gateway-id（或 GUANYI_GATEWAY_ID）', 'missing --gateway-id')
    const { log, sm2 } = await loadLogKeys(keysDir(io.env, input.positionals[0]))
    const { vkeys } = createLogSigners(createSoftwareCrypto(), origin, log, sm2)
    return { json: { origin, ...vkeys }, text: () => `${vkeys.log}\n${vkeys.sm3}` }
  },
}
