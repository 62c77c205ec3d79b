import { createClient } from '../../client/client.ts'
import type { PrefillAsk } from '../../client/prefill.ts'
import type { Command } from '../command.ts'
import { CLIENT_OPTIONS, prepareAsk } from '../exchange/ask.ts'
import { prefillText } from '../exchange/prefill-text.ts'

const { demo: _demo, ...options } = CLIENT_OPTIONS

export const prefill: Command = {
  name: 'prefill',
  zh: '按事项或一件事预填表单，并核验每个主体的证据',
  en: 'fill the form of an item or bundle, verify every bearer’s evidence',
  notes: [
    {
      zh: '请求文件含 item 或 bundle、subjects（按角色）、purpose、case、operator；签名由本命令完成。',
      en: 'The request file holds item or bundle, subjects by role, purpose, case, operator; this command signs.',
    },
  ],
  examples: ['guanyi prefill request.json', 'guanyi prefill request.json --json'],
  positionals: ['[请求 request.json|-]'],
  options,
  async run(input, context) {
    const prepared = await prepareAsk<PrefillAsk>('query', input, context)
    const client = createClient({ ...prepared.client, language: context.terminal.lang, now: context.io.now })
    const answer = await client.prefill(prepared.ask)
    return { json: answer, text: (terminal) => prefillText(answer, terminal) }
  },
}
