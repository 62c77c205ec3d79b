import { constants, type Dir } from 'node:fs'
import { type FileHandle, lstat, open, opendir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contractBroken, unreachable } from '../failures.ts'
import { MANIFEST_SUFFIX, MAX_MANIFEST_BYTES, type Manifest, readManifest } from './manifest.ts'

/** One delivery found: its manifest, or why it cannot be read. `stamp` changes when any of its files does. */
export type Found = { name: string; stamp: string } & ({ manifest: Manifest } | { fault: Error })

export interface DropFolder {
  /** Every manifest in the folder, newest data first. Errors: `provider.unreachable` when the folder is not there. */
  list(): Promise<Found[]>
  /** Opens a data file for reading. Errors: `provider.unreachable` where it is missing or still arriving, `provider.contract` where it is no file. */
  open(manifest: Manifest): Promise<FileHandle>
}

const MAX_MANIFESTS = 1_000

/**
 * The folder a department delivers into. Whoever may write there must not be able to show us anything else: links are
 * not followed, and everything lies, really, inside the endpoint's folder.
 *
 * Errors: throws, without repeating the URL, when the endpoint is no local folder.
 */
export function openDropFolder(url: string, folder: string): DropFolder {
  const base = basePath(url)
  const place = join(base, folder)

  const inside = async (): Promise<string> => {
    const [real, realBase] = await Promise.all([realpath(place), realpath(base)]).catch(() => {
      throw unreachable('the drop folder is not there')
    })
    if (real !== realBase && !real.startsWith(realBase.endsWith(sep) ? realBase : realBase + sep)) {
      throw contractBroken('the drop folder leads outside its base')
    }
    return real
  }
  return {
    async list() {
      const real = await inside()
      const found = await Promise.all((await manifestNames(real)).map((name) => lookAt(real, name)))
      return found.sort((a, b) => momentOf(b) - momentOf(a) || (a.name < b.name ? 1 : -1))
    },
    async open(manifest) {
      const handle = await openPlain(join(await inside(), manifest.file))
      const { size } = await handle.stat()
      if (size >= manifest.bytes) return handle
      await handle.close()
      throw unreachable('the data file is still arriving')
    },
  }
}

function basePath(url: string): string {
  if (!URL.canParse(url)) throw new Error('endpoint url is not a url')
  const { protocol, hostname, search, hash } = new URL(url)
  if (protocol !== 'file:') throw new Error('endpoint url must begin with `file:///`')
  if (hostname !== '') throw new Error('endpoint host is outside the declared networks: a drop folder is local')
  if (search + hash !== '') throw new Error('endpoint url has a query or fragment')
  return fileURLToPath(url)
}

async function manifestNames(folder: string): Promise<string[]> {
  const names: string[] = []
  let entries: Dir
  try {
    entries = await opendir(folder)
  } catch {
    throw unreachable('the drop folder cannot be read')
  }
  for await (const { name } of entries) {
    if (name.endsWith(MANIFEST_SUFFIX) && !name.startsWith('.')) names.push(name)
    if (names.length > MAX_MANIFESTS) throw contractBroken('too many deliveries lie in the drop folder')
  }
  return names
}

async function lookAt(folder: string, name: string): Promise<Found> {
  let stamp = ''
  try {
    const handle = await openPlain(join(folder, name))
    try {
      const { size, mtimeMs, ino } = await handle.stat()
      stamp = `${ino}:${size}:${mtimeMs}`
      if (size > MAX_MANIFEST_BYTES) throw contractBroken('a manifest is too large')
      const manifest = readManifest(name, await handle.readFile('utf8'))
      const data = await lstat(join(folder, manifest.file)).catch(() => undefined)
      return { name, stamp: `${stamp} ${data?.ino}:${data?.size}:${data?.mtimeMs}`, manifest }
    } finally {
      await handle.close()
    }
  } catch (fault) {
    return { name, stamp, fault: fault as Error }
  }
}

/** Neither a link (it would lead elsewhere) nor a pipe (it would wait for ever), whatever stands under the name. */
async function openPlain(path: string): Promise<FileHandle> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (thrown) {
    const { code } = thrown as { code?: string }
    throw code === 'ELOOP' ? contractBroken('a delivery is a link') : unreachable('a delivered file is not there')
  }
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw contractBroken('a delivery is no plain file')
}

const momentOf = (found: Found): number => ('manifest' in found ? found.manifest.asOfMs : Number.NEGATIVE_INFINITY)
