/**
 * A UUID of version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits, so that ids made close in time lie
 * close together in the database's indexes.
 */
export function createExchangeId(random: (bytes: number) => Buffer): (nowMs: number) => string {
  return (nowMs) => {
    const bytes = Buffer.alloc(16)
    random(10).copy(bytes, 6)
    bytes.writeUIntBE(nowMs, 0, 6)
    bytes[6] = 0x70 | (bytes[6]! & 0x0f)
    bytes[8] = 0x80 | (bytes[8]! & 0x3f)
    const hex = bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
}
