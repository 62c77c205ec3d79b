import { prepareIssuerKey } from '../../adapters/files/issuer-keys.ts'
import type { Command } from '../command.ts'
import { keysDir } from '../settings.ts'

export const keysPrepare: Command = {
  name: 'keys prepare',
  zh: '轮换第一步：公布待用的签名密钥',
  en: 'rotation, step one: publish the next key',
  positionals: ['[目录 dir]'],
  notes: [
    {
      zh: '运行中的网关一秒内公布它（/.well-known/jwks.json），无须重启。满 10 分钟后再运行 guanyi keys rotate。',
      en: 'Running gateways publish it within a second (/.well-known/jwks.json), without restart. Run `guanyi keys rotate` after 10 minutes.',
    },
  ],
  async run({ positionals: [given] }, { io }) {
    const { kid, alg } = await prepareIssuerKey(keysDir(io.env, given), io.now())
    return {
      json: { kid, alg, state: 'next' },
      text: ({ say, green }) =>
        green(
          say({
            zh: `✓ 待用密钥 ${kid} 已公布；10 分钟后运行 guanyi keys rotate`,
            en: `✓ next key ${kid} is published; run \`guanyi keys rotate\` in 10 minutes`,
          }),
        ),
    }
  },
}
