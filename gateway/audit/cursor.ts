import { timingSafeEqual } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import { unusable } from './criteria.ts'

const TAG_BYTES = 16

export interface Cursors {
  /** Names the last row of a page of one question. */
  make(question: unknown, last: bigint): string
  /** Errors: `request.malformed` (`cursor`) when it was altered or belongs to another question. */
  read(question: unknown, cursor: string): bigint
}

/**
 * Opaque cursors: 8 bytes of position and a keyed digest over it and the whole question, so that no one can page through
 * another question's rows with it. The question itself is not inside: criteria may concern a person.
 */
export function createCursors(crypto: CryptoProvider, key: SecretKey): Cursors {
  const tag = (position: Buffer, question: unknown): Buffer =>
    crypto
      .mac(
        'SHA-256',
        key,
        Buffer.concat([Buffer.from('audit-cursor:'), position, Buffer.from(canonicalize(question)!)]),
      )
      .subarray(0, TAG_BYTES)
  return {
    make(question, last) {
      const position = Buffer.alloc(8)
      position.writeBigInt64BE(last)
      return Buffer.concat([position, tag(position, question)]).toString('base64url')
    },
    read(question, cursor) {
      const bytes = /^[A-Za-z0-9_-]{32}$/.test(cursor) ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0)
      const position = bytes.subarray(0, 8)
      if (bytes.length !== 8 + TAG_BYTES || !timingSafeEqual(bytes.subarray(8), tag(position, question))) {
        throw unusable(
          '/cursor',
          '翻页标记无效或属于其他查询',
          'the cursor is not valid or belongs to another question',
          'cursor',
        )
      }
      return position.readBigInt64BE()
    },
  }
}
