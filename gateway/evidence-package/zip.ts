import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'

/** Files by name, in the order they are written. Names use `/`. */
export type PackageFiles = ReadonlyMap<string, Buffer>

/** A file that is no ZIP of ours, or one that was damaged. */
export class ZipError extends Error {
  override readonly name = 'ZipError'
}

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const STORED = 0
const DEFLATED = 8
/** Bit 11: names are UTF-8. */
const UTF8_NAMES = 0x0800
const VERSION = 20
/** UNIX, regular file, readable by its owner alone: a package may hold personal data. */
const MADE_BY = (3 << 8) | VERSION
const MODE = (0o100600 << 16) >>> 0
const MAX_FILES = 200
const MAX_TOTAL_BYTES = 64 * 1024 * 1024

/**
 * A ZIP archive that any tool opens: deflate or stored, UTF-8 names, no extensions.
 *
 * Shape:  at most 200 files of 64 MiB together. `atMs` is every file's time, in China time, to two seconds.
 * Errors: `ZipError` beyond the limits.
 * Source: PKWARE APPNOTE 6.3.10 §4.3–4.5.
 */
export function writeZip(files: PackageFiles, atMs: number): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  const total = [...files.values()].reduce((sum, content) => sum + content.length, 0)
  if (files.size > MAX_FILES || total > MAX_TOTAL_BYTES) throw new ZipError('the archive would be too large')
  let offset = 0
  for (const [name, content] of files) {
    const nameBytes = Buffer.from(name, 'utf8')
    const deflated = deflateRawSync(content, { level: 9 })
    const method = deflated.length < content.length ? DEFLATED : STORED
    const data = method === DEFLATED ? deflated : content
    const common = Buffer.alloc(26)
    common.writeUInt16LE(VERSION, 0)
    common.writeUInt16LE(UTF8_NAMES, 2)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(dosTime(atMs), 6)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(nameBytes.length, 22)
    const local = Buffer.concat([uint32(LOCAL), common, nameBytes, data])
    const tail = Buffer.alloc(14) // comment length, disk, internal attributes, external attributes, offset
    tail.writeUInt32LE(MODE, 6)
    tail.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([uint32(CENTRAL), uint16(MADE_BY), common, tail, nameBytes]))
    parts.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.size, 4)
  end.writeUInt16LE(files.size, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, central, uint32(END), end])
}

/**
 * The files of a ZIP archive.
 *
 * Errors: `ZipError` for anything damaged, encrypted, too large, named twice or named outside the archive.
 */
export function readZip(archive: Buffer): Map<string, Buffer> {
  try {
    return filesOf(archive)
  } catch (thrown) {
    if (thrown instanceof ZipError) throw thrown
    throw new ZipError('the archive is damaged') // a length that points beyond the end, or data that does not inflate
  }
}

function filesOf(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(uint32(END))
  if (end < 0 || end + 22 > archive.length) throw new ZipError('the file is no ZIP archive')
  const count = archive.readUInt16LE(end + 10)
  if (count > MAX_FILES) throw new ZipError('the archive holds too many files')
  const files = new Map<string, Buffer>()
  let at = archive.readUInt32LE(end + 16)
  let total = 0
  for (let n = 0; n < count; n++) {
    if (archive.readUInt32LE(at) !== CENTRAL) throw new ZipError('the archive’s directory is damaged')
    const flags = archive.readUInt16LE(at + 8)
    const method = archive.readUInt16LE(at + 10)
    const [crc, packed, size] = [16, 20, 24].map((place) => archive.readUInt32LE(at + place)) as [
      number,
      number,
      number,
    ]
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) => archive.readUInt16LE(at + place)) as [
      number,
      number,
      number,
    ]
    const local = archive.readUInt32LE(at + 42)
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    at += 46 + nameLength + extraLength + commentLength
    if (name.endsWith('/')) continue
    total += size
    if (total > MAX_TOTAL_BYTES) throw new ZipError('the archive is too large')
    if (files.has(name) || name.startsWith('/') || name.includes('\\') || name.split('/').includes('..'))
      throw new ZipError('a name in the archive is used twice or leads outside')
    if ((flags & 1) !== 0 || (method !== STORED && method !== DEFLATED))
      throw new ZipError('a file is encrypted or packed in an unknown way')
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    const data = archive.subarray(start, start + packed)
    const content = method === STORED ? Buffer.from(data) : inflateRawSync(data, { maxOutputLength: size + 1 })
    if (content.length !== size || crc32(content) !== crc) throw new ZipError('a file in the archive is damaged')
    files.set(name, content)
  }
  return files
}

function dosTime(atMs: number): number {
  const at = new Date(atMs + 8 * 3_600_000)
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  return ((date << 16) | time) >>> 0
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
