import { ConnectorConfigError } from '../adapters/connectors/registry.ts'
import { MigrationRefused } from '../adapters/postgres/migration-refused.ts'
import { CatalogError, type CatalogFault } from '../catalog/fault.ts'
import { EvidenceError, GuanyiProblem, GuanyiUnreachable } from '../client/errors.ts'
import { ConfigError } from '../config.ts'
import type { Bilingual } from '../errors/exchange-error.ts'
import { problemText } from './exchange/problem-text.ts'
import { CliError, EXIT, type ExitCode } from './exit.ts'
import { printable } from './layout/printable.ts'
import type { Terminal } from './terminal.ts'

/** How a command failed: the code, the document for programs, the text for people. */
export interface Failure {
  exit: ExitCode
  json: unknown
  text: (terminal: Terminal) => string
}

/** Turns anything a command threw into its ending. Nothing is quoted that could hold a password or a person. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof GuanyiProblem) {
    return { exit: EXIT.refused, json: thrown.problem, text: (terminal) => problemText(thrown.problem, terminal) }
  }
  if (thrown instanceof ConfigError) {
    return told(EXIT.configuration, { zh: '配置有误', en: 'configuration refused' }, thrown.faults)
  }
  if (thrown instanceof CatalogError) {
    const text = {
      zh: `目录有 ${thrown.faults.length} 处错误`,
      en: `${thrown.faults.length} fault(s) in the catalogue`,
    }
    return told(EXIT.configuration, text, thrown.faults.map(faultLine))
  }
  if (thrown instanceof ConnectorConfigError) {
    const text = { zh: '数源连接配置有误', en: 'connectors are not configured rightly' }
    const lines = thrown.faults.map(({ dataset, pointer, message }) => `${dataset}${pointer}: ${message}`)
    return told(EXIT.configuration, text, lines)
  }
  if (thrown instanceof EvidenceError) {
    return told(EXIT.unverified, { zh: thrown.message, en: thrown.message })
  }
  if (thrown instanceof MigrationRefused) return told(EXIT.refused, thrown.text, thrown.details)
  if (thrown instanceof CliError) return told(thrown.exit, thrown.text, thrown.details)
  const away = unreachable(thrown)
  if (away !== undefined) return told(EXIT.unreachable, away)
  const database = databaseFault(thrown)
  if (database !== undefined) return told(EXIT.configuration, database)
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return told(EXIT.refused, { zh: `未成功：${message}`, en: `failed: ${message}` })
}

function told(exit: ExitCode, text: Bilingual, details: readonly string[] = []): Failure {
  return {
    exit,
    json: { error: { exit, ...text, details } },
    text: (terminal) =>
      [
        `${terminal.red('✗')} ${printable(terminal.say(text))}`,
        ...details.map((line) => `  - ${printable(line)}`),
      ].join('\n'),
  }
}

export const faultLine = ({ file, pointer, zh, en }: CatalogFault): string => `${file}#${pointer}: ${zh} / ${en}`

const NETWORK_CODES = new Set(
  'ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH EPIPE UND_ERR_CONNECT_TIMEOUT UND_ERR_SOCKET 57P01 57P03 53300'.split(
    ' ',
  ),
)

function unreachable(thrown: unknown): Bilingual | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const { code } = error as { code?: string }
    const first = error instanceof AggregateError ? (error.errors[0] as { code?: string } | undefined)?.code : undefined
    const found = [code, first].find((each) => each !== undefined && NETWORK_CODES.has(each))
    // pg says these two in words only.
    const timedOut =
      error.name === 'TimeoutError' || /connection timeout|timeout exceeded when trying to connect/i.test(error.message)
    const told = error instanceof GuanyiUnreachable ? error.message : undefined
    if (found !== undefined || timedOut || told !== undefined) {
      const why = told ?? found ?? 'timeout'
      return {
        zh: `连不上：${why}。请核对地址，并确认对方已启动、网络可达`,
        en: `cannot be reached: ${why}. Check the address, that it is running, and the network`,
      }
    }
  }
  return undefined
}

/** PostgreSQL's own codes for what an operator has to put right. */
function databaseFault(thrown: unknown): Bilingual | undefined {
  const code = thrown instanceof Error ? ((thrown as { code?: string }).code ?? '') : ''
  if (code === '42P01' || code === '42883') {
    return {
      zh: '数据库还没有建好表结构，请先运行 guanyi migrate',
      en: 'the database has no schema yet; run `guanyi migrate` first',
    }
  }
  if (code === '28P01' || code === '28000') {
    return { zh: '数据库拒绝登录：用户名或口令不对', en: 'the database refused the login: user or password' }
  }
  if (code === '3D000') return { zh: '没有这个数据库', en: 'there is no such database' }
  if (code === '42501') return { zh: '数据库角色没有这项权限', en: 'the database role lacks the right for this' }
  return undefined
}
