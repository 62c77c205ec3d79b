import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sampleDataset } from './fixture.ts'

const PUBLISHED = new URL('../../catalogs', import.meta.url).pathname

/** Kinds a small catalogue borrows from the published one. */
const BORROWED = ['schemas', 'members', 'scenarios', 'items', 'certificates', 'code-lists', 'divisions', 'calendars']

export interface ScratchCatalog {
  dir: string
  /** Writes text or bytes as they are, anything else as JSON, into a file of the copy. */
  write(file: string, content: unknown): Promise<void>
  /** Changes a JSON file of the copy in place. */
  edit<T>(file: string, change: (content: T) => void): Promise<void>
  /** Takes back every change since the copy was made. */
  restore(): Promise<void>
  remove(): Promise<void>
}

/**
 * Takes out what leads outside the copy: items of the other lists, and the datasets that stand behind certificates. The
 * order of what stays is the published one.
 */
async function onlyRongcheng(dir: string): Promise<void> {
  const change = async (file: string, strip: string) => {
    const entries = JSON.parse(await readFile(join(dir, file), 'utf8')) as Record<string, unknown>[]
    for (const entry of entries) delete entry[strip]
    await writeFile(join(dir, file), JSON.stringify(entries, null, 2))
  }
  for (const file of await readdir(join(dir, 'items'))) {
    if (file.startsWith('rongcheng-')) await change(`items/${file}`, 'sameAs')
    else await rm(join(dir, 'items', file))
  }
  await change('certificates/weihai.json', 'dataset')
}

/** A copy of the published catalogue with one sample dataset in place of the real ones, to spoil. */
export async function scratchCatalog(): Promise<ScratchCatalog> {
  const dir = await mkdtemp(join(tmpdir(), 'guanyi-catalog-'))
  await Promise.all(BORROWED.map((kind) => cp(join(PUBLISHED, kind), join(dir, kind), { recursive: true })))
  await onlyRongcheng(dir)
  const before = new Map<string, Buffer | undefined>()

  const write = async (file: string, content: unknown) => {
    const path = join(dir, file)
    if (!before.has(path)) before.set(path, await readFile(path).catch(() => undefined))
    await mkdir(dirname(path), { recursive: true })
    const asIs = typeof content === 'string' || content instanceof Uint8Array
    await writeFile(path, asIs ? content : JSON.stringify(content, null, 2))
  }
  await write('datasets/sample-insurance.json', sampleDataset())
  before.clear()

  return {
    dir,
    write,
    async edit<T>(file: string, change: (content: T) => void) {
      const content = JSON.parse(await readFile(join(dir, file), 'utf8')) as T
      change(content)
      await write(file, content)
    },
    async restore() {
      for (const [path, bytes] of before) await (bytes === undefined ? rm(path) : writeFile(path, bytes))
      before.clear()
    },
    remove: () => rm(dir, { recursive: true }),
  }
}
