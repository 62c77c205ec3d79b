/** A bundle whose lengths do not add up. */
export class BundleError extends Error {
  override readonly name = 'BundleError'
}

/**
 * Entries in a row, each after its length in two bytes, big-endian.
 *
 * Shape:  an entry is 0 to 65 535 bytes.
 * Source: C2SP tlog-tiles.
 */
export function encodeBundle(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > 0xffff) throw new BundleError('an entry is longer than 65 535 bytes')
      const length = Buffer.alloc(2)
      length.writeUInt16BE(entry.length)
      return [length, entry]
    }),
  )
}

/** The entries of a bundle, at most `atMost` of them. Errors: `BundleError` when it ends within an entry. */
export function decodeBundle(bundle: Buffer, atMost = Number.POSITIVE_INFINITY): Buffer[] {
  const entries: Buffer[] = []
  let at = 0
  while (at < bundle.length && entries.length < atMost) {
    if (at + 2 > bundle.length) throw new BundleError('the bundle ends within a length')
    const from = at + 2
    at = from + bundle.readUInt16BE(at)
    if (at > bundle.length) throw new BundleError('the bundle ends within an entry')
    entries.push(bundle.subarray(from, at))
  }
  return entries
}
