import { rotateIssuerKey } from '../../adapters/files/issuer-keys.ts'
import type { Command } from '../command.ts'
import { keysDir } from '../settings.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  zh: '轮换第二步：启用待用密钥，原密钥退役',
  en: 'rotation, step two: it signs from now on',
  positionals: ['[目录 dir]'],
  options: {
    now: {
      zh: '立即轮换，不等公布满 10 分钟（仅限私钥泄露时）',
      en: 'at once, without the 10 minutes of publication; only for a leaked key',
    },
  },
  async run(input, { io }) {
    const { kid, alg } = await rotateIssuerKey(keysDir(io.env, input.positionals[0]), io.now(), input.flag('now'))
    return {
      json: { kid, alg, state: 'active' },
      text: ({ say, green }) =>
        green(
          say({
            zh: `✓ 现由 ${kid} 签名；运行中的网关一秒内生效，无须重启`,
            en: `✓ ${kid} signs now; running gateways take it up within a second`,
          }),
        ),
    }
  },
}
