/** Order of the SM2 curve. Source: GB/T 32918.5. */
const ORDER = Buffer.from('FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123', 'hex')

/** Whether r and s of a 64-byte r‖s both lie in 1 … n−1. */
export function inRange(raw: Uint8Array): boolean {
  return raw.length === 64 && inOrder(raw.subarray(0, 32)) && inOrder(raw.subarray(32))
}

function inOrder(number: Uint8Array): boolean {
  return Buffer.compare(number, ORDER) < 0 && number.some((byte) => byte !== 0)
}

/**
 * DER `SEQUENCE { r, s }` to the 64 bytes r‖s; `undefined` for anything but the one minimal encoding (R84): long-form lengths, superfluous
 * zero bytes, negative numbers, bytes left over, numbers out of range.
 */
export function sm2DerToRaw(der: Uint8Array): Buffer | undefined {
  if (der.length < 8 || der.length > 72 || der[0] !== 0x30 || der[1] !== der.length - 2) return undefined
  const raw = Buffer.alloc(64)
  const sAt = readInteger(der, 2, raw.subarray(0, 32))
  const end = sAt === undefined ? undefined : readInteger(der, sAt, raw.subarray(32))
  return end === der.length && inRange(raw) ? raw : undefined
}

/** Reads one INTEGER into 32 bytes; gives the offset behind it. */
function readInteger(der: Uint8Array, at: number, into: Buffer): number | undefined {
  const length = der[at + 1]
  if (der[at] !== 0x02 || length === undefined || length < 1 || length > 33 || at + 2 + length > der.length)
    return undefined
  const bytes = der.subarray(at + 2, at + 2 + length)
  const first = bytes[0]!
  if (first >= 0x80) return undefined // negative
  if (first === 0 && (length === 1 || bytes[1]! < 0x80)) return undefined // zero, or a zero byte that is not needed
  const digits = first === 0 ? bytes.subarray(1) : bytes
  if (digits.length > 32) return undefined
  into.set(digits, 32 - digits.length)
  return at + 2 + length
}

/** r‖s to minimal DER, the form OpenSSL wants. The caller has checked the range. */
export function sm2RawToDer(raw: Uint8Array): Buffer {
  const r = integer(raw.subarray(0, 32))
  const s = integer(raw.subarray(32, 64))
  return Buffer.concat([Buffer.from([0x30, r.length + s.length]), r, s])
}

function integer(number: Uint8Array): Buffer {
  const start = number.findIndex((byte) => byte !== 0)
  const digits = number.subarray(start)
  const padded = digits[0]! >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits
  return Buffer.concat([Buffer.from([0x02, padded.length]), padded])
}
