import { disclose } from '../../evidence/disclose.ts'
import { SdJwtError } from '../../evidence/disclosures.ts'
import { JwsFormatError } from '../../jose/compact-jws.ts'
import type { Command } from '../command.ts'
import { fieldOfPath, labelOfPath } from '../evidence/field-path.ts'
import { readEvidence } from '../evidence/read-evidence.ts'
import { usageError } from '../exit.ts'
import { writeResult } from '../files.ts'

export const evidenceDisclose: Command = {
  name: 'evidence disclose',
  zh: '生成只披露所选信息项的证据',
  en: 'evidence that shows only chosen fields',
  positionals: ['<证据 file|->'],
  options: {
    field: {
      value: 'dataset.field',
      multiple: true,
      required: true,
      zh: '要披露的信息项，可多次；某一行写作 dataset[0].field，主体标识写作 subject.id',
      en: 'field to show, repeatable; one row as dataset[0].field, the identifier as subject.id',
    },
    out: { value: '文件 file', zh: '写入文件，默认写到标准输出', en: 'write to a file instead of stdout' },
  },
  examples: [
    'guanyi evidence disclose evidence.sd-jwt --field household-registration.address --out address-only.sd-jwt',
  ],
  async run(input, context) {
    const compact = await readEvidence(input.positionals[0]!, context.io)
    const wanted = new Set(input.list('field'))
    const [met, known] = [new Set<string>(), new Set<string>()]
    const select = (path: string[]): boolean => {
      const names = [fieldOfPath(path).name, labelOfPath(path)]
      known.add(names[0]!)
      const hits = names.filter((name) => wanted.has(name))
      for (const name of hits) met.add(name)
      return hits.length > 0
    }
    const shown = discloseOrExplain(compact, select)
    const unmet = [...wanted].filter((name) => !met.has(name))
    if (unmet.length > 0) {
      throw usageError(
        `证据中没有 ${unmet.join('、')}`,
        `the evidence does not show ${unmet.join(', ')}`,
        [...known].sort(),
      )
    }
    const out = input.text('out')
    if (out !== undefined) await writeResult(out, `${shown}\n`)
    return {
      json: { evidence: shown, disclosed: [...met], ...(out !== undefined && { file: out }) },
      text: ({ say }) => (out === undefined ? shown : say({ zh: `已写入 ${out}`, en: `written to ${out}` })),
    }
  },
}

function discloseOrExplain(compact: string, select: (path: string[]) => boolean): string {
  try {
    return disclose(compact, select)
  } catch (thrown) {
    if (thrown instanceof SdJwtError || thrown instanceof JwsFormatError)
      throw usageError('这不是一份完好的证据', `this is no well-formed evidence: ${thrown.fault}`)
    throw thrown
  }
}
