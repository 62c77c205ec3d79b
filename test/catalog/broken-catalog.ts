import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sampleDataset } from './fixture.ts'

const PUBLISHED = new URL('../../catalogs', import.meta.url).pathname

/** Kinds a small catalogue borrows from the published one. */
const BORROWED = ['schemas', 'members', 'scenarios', 'items', 'certificates', 'code-lists', 'divisions', 'calendars']

export interface ScratchCatalog {
  dir: string
  /** Writes text, or a value as JSON, into a file of the copy. */
  write(file: string, content: unknown): Promise<void>
  /** Changes a JSON file of the copy in place. */
  edit<T>(file: string, change: (content: T) => void): Promise<void>
  remove(): Promise<void>
}

/** A copy of the published catalogue with one sample dataset in place of the real ones, to spoil. */
export async function scratchCatalog(): Promise<ScratchCatalog> {
  const dir = await mkdtemp(join(tmpdir(), 'guanyi-catalog-'))
  await Promise.all(BORROWED.map((kind) => cp(join(PUBLISHED, kind), join(dir, kind), { recursive: true })))
  const write = async (file: string, content: unknown) => {
    await mkdir(dirname(join(dir, file)), { recursive: true })
    await writeFile(
      join(dir, file),
      typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content, null, 2),
    )
  }
  await write('datasets/sample-insurance.json', sampleDataset())
  return {
    dir,
    write,
    async edit<T>(file: string, change: (content: T) => void) {
      const content = JSON.parse(await readFile(join(dir, file), 'utf8')) as T
      change(content)
      await write(file, content)
    },
    remove: () => rm(dir, { recursive: true }),
  }
}
