import { createClient } from '../../client/client.ts'
import type { Command } from '../command.ts'
import { CLIENT_OPTIONS, prepareClient } from '../exchange/ask.ts'
import { usageError } from '../exit.ts'
import { writeResult } from '../files.ts'

const { demo: _demo, ...options } = CLIENT_OPTIONS

export const material: Command = {
  name: 'material',
  zh: '取预填结果中一份免提交材料的证照副本或核验单，存为文件归档',
  en: 'fetch the certificate copy or verification sheet of a prefilled material, to file it',
  notes: [
    {
      zh: '编号见预填结果的 materialRef，15 分钟内有效；每次出具均留痕。A4 版式，可在浏览器中打印。',
      en: 'The reference is a `materialRef` of a prefill, good for 15 minutes; every delivery is recorded. A4, prints from a browser.',
    },
  ],
  examples: ['guanyi material 01a1f92e-350f-7d5b-8c38-aba3e6648a28.0 --out sheet.html'],
  positionals: ['<编号 ref>'],
  options: { ...options, out: { value: '文件 file', zh: '写入此文件', en: 'file to write' } },
  async run(input, context) {
    const out = input.text('out')
    if (out === undefined) throw usageError('请用 --out 指定文件', 'name a file with --out')
    const settings = await prepareClient(input, context)
    const client = createClient({ ...settings, language: context.terminal.lang, now: context.io.now })
    const { page, ...place } = await client.material(input.positionals[0]!)
    await writeResult(out, page)
    return {
      json: { ...place, out, bytes: page.length },
      text: (terminal) =>
        terminal.say({
          zh: `已存为 ${out}，日志第 ${place.index} 号`,
          en: `written to ${out}, log index ${place.index}`,
        }),
    }
  },
}
