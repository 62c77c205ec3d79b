import { exportLog } from '../../log/export-log.ts'
import { formatVkey } from '../../log/note-key.ts'
import type { Command } from '../command.ts'
import { usageError } from '../exit.ts'
import { LOG_OPTIONS, logSource } from '../log/source.ts'
import { entriesRefused } from './log-verify.ts'

export const logExport: Command = {
  name: 'log export',
  zh: '把日志导出为文件，供离线核验与留存',
  en: 'write a log as plain files',
  positionals: ['[地址 url|目录 dir]'],
  options: { ...LOG_OPTIONS, to: { value: '目录 dir', required: true, zh: '导出到哪个目录', en: 'where to' } },
  notes: [
    {
      zh: '文件名与 HTTP 接口一致（C2SP tlog-tiles），检查点最后写入；再次导出到同一目录时补上新增部分。',
      en: 'Files are named as over HTTP (C2SP tlog-tiles); the checkpoint is written last. Exporting again adds what has grown.',
    },
  ],
  examples: ['guanyi log export --demo --to ./log', 'guanyi log verify ./log --vkey guanyi:371082+…'],
  async run(input, context) {
    const { reader, logKey, sm3Key, place } = await logSource(input, context)
    const to = input.text('to')
    if (to === undefined) throw usageError('缺少 --to', '--to is missing')
    const keys = {
      'log.vkey': `${formatVkey(logKey)}\n`,
      ...(sm3Key === undefined ? {} : { 'sm3.vkey': `${formatVkey(sm3Key)}\n` }),
    }
    const { size, files } = await exportLog(reader, to, keys).catch(entriesRefused)
    return {
      json: { from: place, to, size, files },
      text: ({ say, green }) =>
        green(
          say({ zh: `✓ 已导出 ${size} 条，${files} 个文件 → ${to}`, en: `✓ ${size} entries, ${files} files → ${to}` }),
        ),
    }
  },
}
