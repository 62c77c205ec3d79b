import { createClient } from '../../client/client.ts'
import type { Command } from '../command.ts'
import { CLIENT_OPTIONS, readKey } from '../exchange/ask.ts'
import { configError } from '../exit.ts'
import { writeResult } from '../files.ts'
import { gatewayUrl } from '../settings.ts'

const { demo: _sample, ...OPTIONS } = CLIENT_OPTIONS

export const logProve: Command = {
  name: 'log prove',
  zh: '取本系统某次交换的存证证明（.tlog-proof）',
  en: 'fetch the receipt of an exchange',
  positionals: ['<交换标识 exchange id>'],
  options: {
    ...OPTIONS,
    out: { value: '文件 file', zh: '写入文件，默认标准输出', en: 'write to a file instead of stdout' },
  },
  notes: [
    {
      zh: '证明可离线核验（guanyi log check），也可用任何支持 c2sp.org/tlog-proof@v1 的工具核验。',
      en: 'The receipt can be checked offline (guanyi log check), or by any tool that knows c2sp.org/tlog-proof@v1.',
    },
  ],
  examples: [
    'guanyi log prove 0198c2a4-… --url https://gateway --system rc-enrolment --key key.jwk.json --out receipt.tlog-proof',
  ],
  async run(input, { io, terminal: { lang } }) {
    const id = input.positionals[0]!
    const setting = (option: string, name: string): string => {
      const value = input.text(option) ?? io.env[name]
      if (value) return value
      throw configError(`缺少 --${option}（或 ${name}）`, `missing --${option} (or ${name})`)
    }
    const client = createClient({
      url: gatewayUrl(setting('url', 'GUANYI_URL')),
      gatewayId: setting('gateway-id', 'GUANYI_GATEWAY_ID'),
      system: setting('system', 'GUANYI_SYSTEM'),
      key: await readKey(setting('key', 'GUANYI_KEY_FILE')),
      language: lang,
      now: io.now,
    })
    const proof = await (await client.get(`/v1/exchanges/${encodeURIComponent(id)}/proof`)).text()
    const out = input.text('out')
    if (out === undefined) return { json: { exchangeId: id, proof }, text: () => proof }
    await writeResult(out, proof)
    return {
      json: { exchangeId: id, file: out },
      text: ({ say, green }) => green(say({ zh: `✓ 已写入 ${out}`, en: `✓ written to ${out}` })),
    }
  },
}
