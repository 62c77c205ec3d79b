import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import { checkRecords } from '../../adapters/postgres/log/records-check.ts'
import { LogRefused } from '../../log/http-reader.ts'
import { parsePolicy } from '../../log/policy.ts'
import { verifyLog } from '../../log/verify-log.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, usageError } from '../exit.ts'
import { readArgument } from '../files.ts'
import { logReportText } from '../log/report-text.ts'
import { LOG_OPTIONS, logSource } from '../log/source.ts'
import { databaseUrl } from '../settings.ts'

export const logVerify: Command = {
  name: 'log verify',
  zh: '核验整个日志：签名、见证、每条记录、根、SM3 链',
  en: 'check a whole log',
  positionals: ['[地址 url|目录 dir]'],
  options: {
    ...LOG_OPTIONS,
    since: {
      value: '文件 file',
      zh: '先前保存的检查点：日志须由它延续而来',
      en: 'an older checkpoint it must continue',
    },
    records: { zh: '并核对数据库中的记录（DATABASE_URL）', en: 'the database’s records too (DATABASE_URL)' },
    policy: { value: '文件 file', zh: '见证策略（C2SP tlog-policy）', en: 'who must have cosigned' },
  },
  notes: [
    {
      zh: '只需要日志的 HTTP 接口或导出的目录，不需要数据库；--records 另外核对数据库中的记录与检索列。未通过时指出首条不符的记录，退出码为 4。',
      en: 'Needs the log’s HTTP interface or an exported directory, no database; --records holds the database’s records and columns against it too. Names the first bad entry; exit code 4.',
    },
  ],
  examples: [
    'guanyi log verify --demo',
    'guanyi log verify https://gateway/log --vkey guanyi:371082+… --token-file log.token --since yesterday.checkpoint',
    'guanyi log verify ./exported-log --vkey guanyi:371082+…',
  ],
  async run(input, context) {
    const { reader, logKey, sm3Key, keyGiven } = await logSource(input, context)
    const [since, policyFile] = [input.text('since'), input.text('policy')]
    const older = since === undefined ? undefined : await readArgument(since, context.io)
    const policy = policyFile === undefined ? undefined : policyOf(await readArgument(policyFile, context.io))
    let toldAtMs = context.io.now()
    const report = await verifyLog({
      reader,
      crypto: createSoftwareCrypto(),
      logKey,
      ...(sm3Key === undefined ? {} : { sm3Key }),
      ...(older === undefined ? {} : { older }),
      ...(policy === undefined ? {} : { policy }),
      onProgress(checked, size) {
        if (context.io.now() - toldAtMs < 2000) return
        toldAtMs = context.io.now()
        context.note({ zh: `已核验 ${checked} / ${size}`, en: `${checked} of ${size} checked` })
      },
    }).catch(entriesRefused)
    if (report.ok && input.flag('records')) {
      const records = await checkRecords(databaseUrl(context.io.env))
      report.ok = records.fault === null
      report.fault = records.fault
    }
    return {
      exit: report.ok ? EXIT.done : EXIT.unverified,
      json: { ...report, keyGiven },
      text: (terminal) => logReportText(report, keyGiven, terminal),
    }
  },
}

function policyOf(text: string) {
  try {
    return parsePolicy(text)
  } catch (thrown) {
    throw usageError('见证策略不可用', `the policy cannot be used: ${(thrown as Error).message}`)
  }
}

/** 401 and 403 are about the reader, not about the log. */
export function entriesRefused(thrown: unknown): never {
  if (!(thrown instanceof LogRefused)) throw thrown
  throw new CliError(EXIT.refused, {
    zh: `日志拒绝读取（${thrown.status}）：记录包需要日志读取令牌，见 --token-file`,
    en: `the log refused (${thrown.status}): entries need a reader’s token, see --token-file`,
  })
}
