import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CatalogFault, pointerOf } from './fault.ts'
import { KINDS, type Kind } from './kinds.ts'
import { repeatedMembers } from './repeated-members.ts'

export interface SourceFile {
  kind: Kind
  file: string
  /** The parsed text, of unknown shape. */
  content: unknown
}

/**
 * Reads every `<dir>/<kind>/*.json`, in the order of names. A folder that is not there holds nothing.
 *
 * Errors: an unreadable directory or file throws; a file that is not JSON, or not UTF-8, is a fault like any other.
 */
export async function readCatalogFiles(dir: string): Promise<{ files: SourceFile[]; faults: CatalogFault[] }> {
  const files: SourceFile[] = []
  const faults: CatalogFault[] = []
  for (const kind of KINDS) {
    for (const name of await jsonNames(join(dir, kind))) {
      const file = join(dir, kind, name)
      const bytes = await readFile(file)
      try {
        const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
        files.push({ kind, file, content: JSON.parse(text) })
        for (const path of repeatedMembers(text)) faults.push({ file, pointer: pointerOf(path), ...REPEATED })
      } catch (thrown) {
        faults.push({ file, pointer: '', ...unreadable(thrown, bytes) })
      }
    }
  }
  return { files, faults }
}

const REPEATED = { rule: 'repeated-member', zh: '同一对象中成员重复', en: 'the member occurs twice in one object' }

async function jsonNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json'))
      .map(({ name }) => name)
      .sort()
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw thrown
  }
}

function unreadable(thrown: unknown, bytes: Buffer): Pick<CatalogFault, 'rule' | 'zh' | 'en'> {
  if (!(thrown instanceof SyntaxError)) {
    return { rule: 'encoding', zh: '文件不是有效的 UTF-8 文本', en: 'the file is not valid UTF-8' }
  }
  const { line, column } = position(thrown.message, bytes.toString('utf8'))
  return {
    rule: 'json',
    zh: `不是有效的 JSON：第 ${line} 行第 ${column} 列`,
    en: `not valid JSON: line ${line}, column ${column}`,
  }
}

/** Where the parser stopped; at the end of the text when it names no position (text that ends too early). */
function position(message: string, text: string): { line: number; column: number } {
  const named = /at position (\d+)/.exec(message)?.[1]
  const before = text.slice(0, named === undefined ? text.length : Number(named)).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}
