import { createClient } from '../../client/client.ts'
import type { Command, Context, Input, Outcome } from '../command.ts'
import { writeResult } from '../files.ts'
import { answerText } from './answer-text.ts'
import { CLIENT_OPTIONS, prepareAsk } from './ask.ts'
import { fetchNames } from './field-names.ts'

/** `query` and `verify` differ in the mode only. */
export function askCommand(
  mode: 'query' | 'verify',
  words: Pick<Command, 'zh' | 'en' | 'notes' | 'examples'>,
): Command {
  return {
    name: mode,
    ...words,
    positionals: ['[请求 request.json|-]'],
    options: {
      ...CLIENT_OPTIONS,
      'save-evidence': { value: '文件 file', zh: '把证据（SD-JWT）另存', en: 'also save the evidence (SD-JWT)' },
    },
    run: (input, context) => ask(mode, input, context),
  }
}

async function ask(mode: 'query' | 'verify', input: Input, context: Context): Promise<Outcome> {
  const prepared = await prepareAsk(mode, input, context)
  const { lang } = context.terminal
  const client = createClient({ ...prepared.client, language: lang, now: context.io.now })
  const { verified, ...answer } = await client[mode](prepared.ask)

  const saveTo = input.text('save-evidence')
  if (saveTo !== undefined) {
    await writeResult(saveTo, `${answer.evidence}\n`)
    context.note({ zh: `证据已存到 ${saveTo}`, en: `evidence saved to ${saveTo}` })
  }
  // Names cost further calls, so programs do without.
  const names = context.json ? undefined : await fetchNames(client, Object.keys(answer.sources))
  const kid = verified.ok ? verified.header.kid : ''
  return { json: answer, text: (terminal) => (names === undefined ? '' : answerText(answer, names, kid, terminal)) }
}
