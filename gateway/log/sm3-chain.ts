import { hash } from 'node:crypto'
import { formatCheckpoint } from './checkpoint.ts'

/** The chain before its first entry. */
export const SM3_START: Buffer = Buffer.alloc(32)

/** What the chain takes of an entry; kept in tiles, so that the chain can be checked after entries were purged. */
export const sm3Digest = (entry: Uint8Array): Buffer => hash('sm3', entry, 'buffer')

/**
 * The chain after one more entry: h(i) = SM3(h(i−1) ‖ SM3(entry i)), h(−1) = 32 zero bytes.
 *
 * Source: R74: records must be protected by domestic cryptography too; the tree's SHA-256 is fixed by its formats.
 */
export const sm3Link = (previous: Uint8Array, digest: Uint8Array): Buffer =>
  hash('sm3', Buffer.concat([previous, digest]), 'buffer')

/** First line of the head's note; differs from the log's origin, so that the head cannot pass for a checkpoint. */
export const sm3Origin = (origin: string): string => `${origin}/sm3-chain`

/** The head's text: origin of the chain, number of entries, the chain's value in base64; signed with SM2. */
export const formatSm3Head = (origin: string, size: number, head: Buffer): string =>
  formatCheckpoint({ origin: sm3Origin(origin), size, root: head })
