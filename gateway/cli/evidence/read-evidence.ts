import { usageError } from '../exit.ts'
import { readArgument } from '../files.ts'
import { isObject } from '../json.ts'
import type { CliIo } from '../terminal.ts'

/** The compact SD-JWT in a file: alone, or as the `evidence` of a saved JSON answer. */
export async function readEvidence(path: string, io: CliIo): Promise<string> {
  const text = (await readArgument(path, io)).replace(/^\ufeff/, '').trim()
  if (!text.startsWith('{')) return text
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    throw usageError('文件既不是 SD-JWT 也不是 JSON 答复', 'the file is neither an SD-JWT nor a JSON answer')
  }
  if (!isObject(answer) || typeof answer.evidence !== 'string')
    throw usageError('JSON 中没有 evidence', 'the JSON has no `evidence`')
  return answer.evidence
}
