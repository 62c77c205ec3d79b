import { stat } from 'node:fs/promises'
import { directoryReader } from '../../log/directory-reader.ts'
import { httpReader } from '../../log/http-reader.ts'
import type { LogReader } from '../../log/log-reader.ts'
import { type NoteKey, parseVkey } from '../../log/note-key.ts'
import type { Context, Input, OptionSpec } from '../command.ts'
import { usageError } from '../exit.ts'
import { readArgument } from '../files.ts'
import { isObject } from '../json.ts'
import { gatewayUrl } from '../settings.ts'
import { readDemoLog } from './demo-log.ts'

/** Which log, and by which keys, for the commands that read one. */
export const LOG_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  vkey: { value: 'vkey', zh: '日志公钥（事先取得的）', en: 'the log’s key, had from elsewhere' },
  'sm3-vkey': { value: 'vkey', zh: 'SM3 链公钥', en: 'key of the SM3 chain' },
  'token-file': { value: '文件 file', zh: '读取记录包所需的令牌', en: 'token for reading entries' },
  demo: { zh: '演示的日志', en: 'the log of the running demo' },
}

export interface LogSource {
  /** Address or directory, as said to people. */
  place: string
  reader: LogReader
  logKey: NoteKey
  sm3Key: NoteKey | undefined
  /** False when the key came with the log itself: then the check shows that it is whole, not whose it is. */
  keyGiven: boolean
}

/** Errors: `CliError` naming what is missing. */
export async function logSource(input: Input, context: Context): Promise<LogSource> {
  const demo = input.flag('demo') ? await readDemoLog(context.io) : undefined
  const place = input.positionals[0] ?? demo?.url
  if (place === undefined) throw usageError('请给出日志的地址或目录', 'name the log: an address or a directory')
  const tokenFile = input.text('token-file')
  const token = tokenFile === undefined ? demo?.token : (await readArgument(tokenFile, context.io)).trim()
  const { reader, own } = /^https?:/.test(place) ? await overHttp(place, token) : await inDirectory(place)
  const given = input.text('vkey') ?? demo?.vkey
  const vkey = given ?? own.log
  if (vkey === undefined) throw usageError('请用 --vkey 给出日志公钥', 'give the log’s key with --vkey')
  const sm3 = input.text('sm3-vkey') ?? own.sm3
  return {
    place,
    reader,
    logKey: readVkey(vkey),
    sm3Key: sm3 === undefined ? undefined : readVkey(sm3),
    keyGiven: given !== undefined,
  }
}

interface Source {
  reader: LogReader
  /** Keys that the log says are its own. */
  own: { log?: string; sm3?: string }
}

async function overHttp(address: string, token: string | undefined): Promise<Source> {
  const base = gatewayUrl(address)
  const url = new URL(base).pathname === '/' ? `${base}/log` : base
  const reader = httpReader({ url, ...(token === undefined ? {} : { token }) })
  const keys: unknown = JSON.parse((await reader.get('keys'))?.toString() ?? 'null')
  return { reader, own: isObject(keys) ? pick(keys) : {} }
}

async function inDirectory(dir: string): Promise<Source> {
  const info = await stat(dir).catch(() => undefined)
  if (!info?.isDirectory()) throw usageError(`没有目录 ${dir}`, `there is no directory ${dir}`)
  const reader = directoryReader(dir)
  const [log, sm3] = await Promise.all([reader.get('log.vkey'), reader.get('sm3.vkey')])
  return { reader, own: pick({ log: log?.toString(), sm3: sm3?.toString() }) }
}

const pick = ({ log, sm3 }: Record<string, unknown>): Source['own'] => ({
  ...(typeof log === 'string' ? { log } : {}),
  ...(typeof sm3 === 'string' ? { sm3 } : {}),
})

export function readVkey(text: string): NoteKey {
  try {
    return parseVkey(text)
  } catch (thrown) {
    throw usageError('公钥（vkey）不可用', `the vkey cannot be used: ${(thrown as Error).message}`)
  }
}
