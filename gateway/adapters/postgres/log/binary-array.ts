/** Type numbers of the elements, as PostgreSQL's catalogue has them (`pg_type.oid`), stable since the beginning. */
const BYTEA = 17
const INT8 = 20
const TEXT = 25

/**
 * One-dimensional arrays in PostgreSQL's binary form. `pg` sends a `Buffer` parameter as binary, so an entry travels as
 * its own bytes; written as text it would be hexadecimal, twice as long, and every quote in it would be escaped.
 *
 * Shape:  big-endian int32: dimensions, has-null flag, element type, length, lower bound; per element its length
 *         (-1 = null) and bytes.
 * Source: PostgreSQL `array_send`/`array_recv` (src/backend/utils/adt/arrayfuncs.c); manual §55.2 for binary parameters.
 */
function encode(type: number, items: readonly (Buffer | string | bigint | null)[]): Buffer {
  const lengths = items.map((item) =>
    item === null
      ? -1
      : typeof item === 'bigint'
        ? 8
        : typeof item === 'string'
          ? Buffer.byteLength(item)
          : item.length,
  )
  const out = Buffer.allocUnsafe(20 + lengths.reduce((sum, length) => sum + 4 + Math.max(length, 0), 0))
  out.writeInt32BE(1, 0)
  out.writeInt32BE(lengths.includes(-1) ? 1 : 0, 4)
  out.writeInt32BE(type, 8)
  out.writeInt32BE(items.length, 12)
  out.writeInt32BE(1, 16)
  let at = 20
  items.forEach((item, position) => {
    at = out.writeInt32BE(lengths[position] as number, at)
    if (item === null) return
    if (typeof item === 'bigint') at = out.writeBigInt64BE(item, at)
    else at += typeof item === 'string' ? out.write(item, at) : item.copy(out, at)
  })
  return out
}

export const byteaArray = (items: readonly (Buffer | null)[]): Buffer => encode(BYTEA, items)
export const textArray = (items: readonly (string | null)[]): Buffer => encode(TEXT, items)
export const int8Array = (items: readonly (bigint | null)[]): Buffer => encode(INT8, items)

/** A list as an array literal, for lists inside an array: PostgreSQL has no ragged arrays. */
export function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}
