import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import { parsePolicy } from '../../log/policy.ts'
import { checkReceipt, type ReceiptReport } from '../../log/receipt.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit.ts'
import { readArgument } from '../files.ts'
import { columns } from '../layout/table.ts'
import { readVkey } from '../log/source.ts'
import type { Terminal } from '../terminal.ts'

export const logCheck: Command = {
  name: 'log check',
  zh: '离线核验一份存证证明（.tlog-proof）',
  en: 'check a receipt offline',
  positionals: ['<证明 file|->'],
  options: {
    vkey: { value: 'vkey', required: true, zh: '日志公钥', en: 'the log’s key' },
    policy: { value: '文件 file', zh: '见证策略（C2SP tlog-policy）', en: 'who must have cosigned' },
    entry: { value: '文件 file', zh: '记录原文，默认取证明所附', en: 'the entry, if not the one enclosed' },
  },
  notes: [
    {
      zh: '说明这条记录自检查点签发时起就在日志中，未被改动。未通过时退出码为 4。',
      en: 'Shows that the log has held this very entry since the checkpoint was signed. Exit code 4 when it fails.',
    },
  ],
  examples: ['guanyi log check receipt.tlog-proof --vkey guanyi:371082+…'],
  async run(input, { io }) {
    const [policyFile, entryFile] = [input.text('policy'), input.text('entry')]
    const report = await checkReceipt({
      crypto: createSoftwareCrypto(),
      text: await readArgument(input.positionals[0]!, io),
      logKey: readVkey(input.text('vkey')!),
      policy: policyFile === undefined ? undefined : parsePolicy(await readArgument(policyFile, io)),
      entry: entryFile === undefined ? undefined : Buffer.from(await readArgument(entryFile, io)),
    })
    return {
      exit: report.ok ? EXIT.done : EXIT.unverified,
      json: report,
      text: (terminal) => receiptText(report, terminal),
    }
  },
}

function receiptText(report: ReceiptReport, { say, green, red, dim }: Terminal): string {
  if (!report.ok)
    return red(say({ zh: `✗ 证明无效：${report.fault.zh}`, en: `✗ the receipt does not hold: ${report.fault.en}` }))
  const rows = [
    [say({ zh: '日志', en: 'log' }), report.origin],
    [say({ zh: '序号', en: 'index' }), `${report.index} / ${report.size}`],
    ...['exchangeId', 'at', 'outcome', 'member', 'system', 'scenario', 'purpose'].flatMap((name) => {
      const value = report.entry[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
    ...report.cosignatures.map(({ name, at }) => [say({ zh: '见证', en: 'cosigned' }), `${name} ${at}`]),
  ]
  return [green(say({ zh: '✓ 证明有效', en: '✓ the receipt holds' })), ...columns(rows).map(dim)].join('\n')
}
