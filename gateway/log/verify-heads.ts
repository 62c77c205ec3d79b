import { type Checkpoint, openCheckpoint, parseSize } from './checkpoint.ts'
import { found, type LogReport } from './log-report.ts'
import { NOTE_KEY_TYPES, type NoteKey } from './note-key.ts'
import { sm3Origin } from './sm3-chain.ts'
import type { VerifyLogOptions } from './verify-log.ts'

export interface Heads {
  checkpoint: Checkpoint
  older: Checkpoint | undefined
  sm3: Checkpoint | undefined
  lowestKept: number
}

/** Reads and opens everything signed, fills in the report, and refuses what the policy does not accept. */
export async function openHeads(options: VerifyLogOptions, report: LogReport): Promise<Heads> {
  const { reader, logKey, sm3Key, policy, older } = options
  // The chain's head first: read later, it could belong to a larger log than the checkpoint.
  const sm3Note = sm3Key === undefined ? undefined : await reader.get('sm3-head')
  const lowestNote = await reader.get('lowest-kept')
  const checkpointNote = await reader.get('checkpoint')
  if (checkpointNote === undefined) throw found('checkpoint', null, '没有检查点', 'there is no checkpoint')

  const witnesses = policy?.witnesses.map(({ key }) => key) ?? []
  const opened = await open(options, checkpointNote.toString(), logKey, witnesses, '检查点', 'the checkpoint')
  report.origin = opened.origin
  report.size = opened.size
  report.root = opened.root.toString('base64')
  const cosigned = opened.verified.filter(({ key }) => key.type === NOTE_KEY_TYPES.cosignature)
  report.cosignatures = cosigned.map(({ key, timestampSeconds = 0 }) => ({
    name: key.name,
    at: new Date(timestampSeconds * 1000).toISOString(),
  }))
  if (policy !== undefined) {
    const trusted = policy.logs.length === 0 || policy.logs.some(({ key }) => key.material.equals(logKey.material))
    if (!trusted) throw found('checkpoint', null, '见证策略不含此日志', 'the policy does not name this log')
    if (!policy.isSatisfiedBy(cosigned.map(({ key }) => key)))
      throw found('witness', null, '见证签名不足', 'those who must have cosigned have not')
  }

  const past =
    older === undefined ? undefined : await open(options, older, logKey, [], '先前的检查点', 'the older checkpoint')
  if (past !== undefined && past.size > opened.size)
    throw found(
      'inconsistent',
      null,
      `日志比先前的检查点短（${opened.size} < ${past.size}）`,
      `the log is shorter than the older checkpoint (${opened.size} < ${past.size})`,
    )
  report.lowestKept = lowestNote === undefined ? 0 : (parseSize(lowestNote.toString().trim()) ?? 0)
  return { checkpoint: opened, older: past, sm3: await openSm3(), lowestKept: report.lowestKept }

  async function openSm3(): Promise<Checkpoint | undefined> {
    if (sm3Key === undefined) return undefined
    if (sm3Note === undefined) throw found('sm3', null, '没有 SM3 链头', 'the SM3 chain has no head')
    if (sm3Key.name !== sm3Origin(opened.origin))
      throw found('sm3', null, 'SM3 公钥属于别的日志', 'the SM3 key belongs to another log')
    const head = await open(options, sm3Note.toString(), sm3Key, [], 'SM3 链头', 'the head of the SM3 chain', 'sm3')
    if (head.size > opened.size) throw found('sm3', null, 'SM3 链比日志长', 'the SM3 chain is longer than the log')
    return head
  }
}

async function open(
  { crypto }: VerifyLogOptions,
  note: string,
  key: NoteKey,
  others: readonly NoteKey[],
  zh: string,
  en: string,
  code: 'checkpoint' | 'sm3' = 'checkpoint',
) {
  try {
    return await openCheckpoint(crypto, note, [key], others)
  } catch (cause) {
    throw found(code, null, `${zh}的签名无效`, `${en} is not validly signed: ${(cause as Error).message}`)
  }
}
