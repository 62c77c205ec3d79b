import type { LogReport } from '../../log/log-report.ts'
import { columns } from '../layout/table.ts'
import type { Terminal } from '../terminal.ts'

/** The result of checking a log, for people: what was checked, and the first thing wrong. */
export function logReportText(report: LogReport, keyGiven: boolean, terminal: Terminal): string {
  const { say, green, red, yellow, dim } = terminal
  const { fault } = report
  const head =
    fault === null
      ? green(say({ zh: '✓ 日志核验通过', en: '✓ the log verifies' }))
      : red(say({ zh: `✗ 日志核验未通过：${fault.zh}`, en: `✗ the log does not verify: ${fault.en}` }))
  const rows = [
    [say({ zh: '日志', en: 'log' }), report.origin ?? '—'],
    [say({ zh: '规模', en: 'size' }), String(report.size)],
    [say({ zh: '根', en: 'root' }), report.root ?? '—'],
    [say({ zh: '已核验记录', en: 'entries checked' }), String(report.entriesChecked)],
  ]
  if (report.lowestKept > 0)
    rows.push([
      say({ zh: '现存记录始于', en: 'entries kept from' }),
      `${report.lowestKept} ${say({ zh: '（此前已依法清除，仅核验哈希）', en: '(those before were purged; their hashes were checked)' })}`,
    ])
  if (report.continuesFrom !== null)
    rows.push([say({ zh: '延续检查点', en: 'continues' }), String(report.continuesFrom)])
  rows.push([
    say({ zh: 'SM3 链', en: 'SM3 chain' }),
    report.sm3Size === null ? say({ zh: '未核验', en: 'not checked' }) : String(report.sm3Size),
  ])
  for (const { name, at } of report.cosignatures) rows.push([say({ zh: '见证', en: 'cosigned' }), `${name} ${at}`])
  const warning = keyGiven
    ? []
    : [
        yellow(
          say({
            zh: '公钥取自日志本身：只说明日志完整，不说明它属于谁。请用 --vkey 给出事先取得的公钥',
            en: 'the key came with the log: it is whole, but whose it is was not shown. Give a key had from elsewhere with --vkey',
          }),
        ),
      ]
  return [head, ...columns(rows).map((line) => dim(line)), ...warning].join('\n')
}
