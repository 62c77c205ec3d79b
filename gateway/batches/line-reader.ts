import type { Hash } from 'node:crypto'
import { ExchangeError } from '../errors/exchange-error.ts'

const MAX_LINE_BYTES = 16_384
const NEWLINE = 0x0a

/**
 * The lines of an NDJSON stream, one at a time; every byte goes through `digest`, ends of lines included.
 *
 * Shape:  the last line may end without a newline; an empty line is a line, and no JSON.
 * Errors: `request.malformed` (413) for a line longer than 16 KiB: memory stays bounded by one chunk and one line.
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>, digest: Hash): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of body) {
    digest.update(chunk)
    let from = 0
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      yield within(bytes.subarray(from, end))
      from = end + 1
    }
    rest = within(Buffer.from(bytes.subarray(from)))
  }
  if (rest.length > 0) yield rest
}

function within(line: Buffer): Buffer {
  if (line.length <= MAX_LINE_BYTES) return line
  throw new ExchangeError('request.malformed', 'a line is too long', {
    status: 413,
    publicDetail: {
      zh: `每行不得超过 ${MAX_LINE_BYTES} 字节`,
      en: `no line may be longer than ${MAX_LINE_BYTES} bytes`,
    },
  })
}
