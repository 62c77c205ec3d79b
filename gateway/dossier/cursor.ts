import { ExchangeError } from '../errors/exchange-error.ts'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'

/** Where a list goes on: sealed, so that nothing can be read from it, and good for one list of one subject only. */
export interface Cursors {
  seal(list: string, subjectDigest: string, index: bigint): string
  /** Errors: `request.malformed` for anything this gateway did not give out for this list and subject. */
  open(list: string, subjectDigest: string, cursor: string): bigint
}

export function createCursors(crypto: CryptoProvider, key: SecretKey): Cursors {
  const associated = (list: string, subjectDigest: string): string => `cursor:${list}:${subjectDigest}`
  return {
    seal: (list, digest, index) =>
      crypto.seal('A256GCM', key, Buffer.from(String(index)), associated(list, digest)).toString('base64url'),
    open(list, digest, cursor) {
      try {
        return BigInt(
          crypto.open('A256GCM', key, Buffer.from(cursor, 'base64url'), associated(list, digest)).toString('utf8'),
        )
      } catch {
        throw new ExchangeError('request.malformed', 'not a cursor of this list', {
          reasons: [
            {
              rule: 'cursor',
              pointer: '/cursor',
              zh: '翻页标记无效，请从第一页重新查询',
              en: 'the cursor is not of this list; start again from the first page',
            },
          ],
        })
      }
    },
  }
}
