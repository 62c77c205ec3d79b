import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import { contractBroken, unreachable } from '../failures.ts'
import type { Manifest } from './manifest.ts'

/** Longer than any honest row; a quote that never closes stops here. */
const MAX_ROW_CHARACTERS = 1024 * 1024
const CHUNK_BYTES = 256 * 1024

type Decoder = InstanceType<typeof TextDecoder>

export interface CsvReading {
  delimiter: string
  maxBytes: number
}

/**
 * Reads a data file row by row, the header first. All cells are strings: leading zeros stay, and a cell that a
 * spreadsheet would take for a formula is text like any other.
 *
 * The caller may believe the rows only once the last one has come: only then size, digest and count are known.
 *
 * Errors: `provider.contract` for everything that is not as the manifest says, and for what is not CSV.
 */
export async function* readCsv(handle: FileHandle, manifest: Manifest, reading: CsvReading): AsyncGenerator<string[]> {
  const text = Readable.from(decoded(handle, manifest), { objectMode: false, encoding: 'utf8' })
  const parser = parse({
    delimiter: reading.delimiter,
    relax_column_count: false,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_CHARACTERS,
    cast: false,
  })
  text.on('error', (thrown) => parser.destroy(thrown)) // `pipe` would leave the parser waiting
  text.pipe(parser)
  let rows = -1
  try {
    for await (const row of parser as AsyncIterable<string[]>) {
      rows += 1
      yield row
    }
  } catch (thrown) {
    // The parser quotes the row it stumbled over, so its error is dropped.
    throw thrown instanceof ExchangeError ? thrown : contractBroken('the data file is not CSV')
  } finally {
    text.destroy()
    parser.destroy()
  }
  if (rows < 0) throw contractBroken('the data file has no header')
  if (rows !== manifest.count) throw contractBroken('the data file has another number of rows than its manifest says')
}

/** The file's text, checked at its end: a reader that stops early has learned nothing it may use. */
async function* decoded(handle: FileHandle, manifest: Manifest): AsyncGenerator<string> {
  const hash = createHash(manifest.hash)
  const decoder = new TextDecoder(manifest.charset, { fatal: true })
  const disguise = manifest.charset === 'gb18030' ? new Utf8Detector() : undefined
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  let size = 0
  while (true) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, size).catch(() => {
      throw unreachable('the data file cannot be read')
    })
    if (bytesRead === 0) break
    const chunk = buffer.subarray(0, bytesRead)
    size += bytesRead
    if (size > manifest.bytes) throw contractBroken('the data file is longer than its manifest says')
    hash.update(chunk)
    disguise?.look(chunk)
    yield decode(decoder, chunk)
  }
  yield decode(decoder)
  if (size !== manifest.bytes) throw unreachable('the data file is still arriving')
  if (hash.digest('hex') !== manifest.digest)
    throw contractBroken('the data file has another digest than its manifest says')
  if (disguise?.isUtf8()) throw contractBroken('the data file is not in the charset its manifest names')
}

function decode(decoder: Decoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch {
    throw contractBroken('the data file is not in the charset its manifest names')
  }
}

/**
 * Nearly all UTF-8 reads as GB18030 too, as other characters: names would silently become others. A text that is whole
 * UTF-8 with several Chinese characters is not GB18030, whatever its manifest says.
 */
class Utf8Detector {
  #decoder: Decoder | undefined = new TextDecoder('utf-8', { fatal: true })
  #wide = 0

  look(chunk?: Uint8Array): void {
    if (this.#decoder === undefined) return
    try {
      const text = chunk === undefined ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true })
      if (this.#wide < 4) for (const character of text) if (character >= '\u0800') this.#wide += 1
    } catch {
      this.#decoder = undefined
    }
  }

  isUtf8(): boolean {
    this.look()
    return this.#decoder !== undefined && this.#wide >= 4
  }
}
