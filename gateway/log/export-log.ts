import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseCheckpoint, parseSize } from './checkpoint.ts'
import type { LogReader } from './log-reader.ts'
import { parseNote } from './signed-note.ts'
import { levelsOf, TILE_WIDTH, type TileName, tilePath, tilesOf } from './tile-path.ts'

export interface ExportOutcome {
  size: number
  files: number
}

/** Something the checkpoint's size demands and the log did not give. */
export class ExportIncomplete extends Error {
  override readonly name = 'ExportIncomplete'
  constructor(readonly path: string) {
    super(`\`${path}\` is missing from the log`)
  }
}

/**
 * Writes a log as plain files that can be served or checked as they are (`directoryReader`); the checkpoint comes last.
 *
 * Shape:  files named as under `/log/`; `extra` are further files (keys), by name. An export into the same directory
 *         later adds what has grown.
 * Errors: `ExportIncomplete`.
 */
export async function exportLog(
  reader: LogReader,
  dir: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<ExportOutcome> {
  const sm3Head = await reader.get('sm3-head')
  const lowestKept = await reader.get('lowest-kept')
  const checkpoint = await demand(reader, 'checkpoint')
  const { size } = parseCheckpoint(parseNote(checkpoint.toString()).text)
  const lowest = parseSize(lowestKept?.toString().trim() ?? '') ?? 0
  let files = 0

  const write = async (path: string, content: Buffer | string): Promise<void> => {
    const target = join(dir, path)
    await mkdir(dirname(target), { recursive: true })
    const draft = `${target}.new`
    await writeFile(draft, content)
    await rename(draft, target)
    files += 1
  }
  const copy = async (name: TileName): Promise<void> => {
    const path = tilePath(name)
    await write(path, await demand(reader, path))
  }

  for (const level of levelsOf(size)) for (const name of tilesOf(level, size)) await copy(name)
  for (const name of tilesOf('entries', size)) {
    if (name.index * TILE_WIDTH + name.width > lowest) await copy(name)
  }
  if (sm3Head !== undefined) {
    for (const name of tilesOf('sm3', size)) await copy(name)
    await write('sm3-head', sm3Head)
  }
  if (lowestKept !== undefined) await write('lowest-kept', lowestKept)
  for (const [name, content] of Object.entries(extra)) await write(name, content)
  await write('checkpoint', checkpoint)
  return { size, files }
}

async function demand(reader: LogReader, path: string): Promise<Buffer> {
  const content = await reader.get(path)
  if (content === undefined) throw new ExportIncomplete(path)
  return content
}
