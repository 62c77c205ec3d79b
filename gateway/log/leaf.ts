import { hash } from 'node:crypto'

export const HASH_BYTES = 32

const LEAF = Buffer.from([0])
const NODE = Buffer.from([1])

/**
 * Hash of one entry as a leaf of the tree.
 *
 * Source: RFC 6962 §2.1. SHA-256 in every profile: the C2SP formats fix it; the SM3 chain stands beside it (R74).
 */
export const leafHash = (entry: Uint8Array): Buffer => hash('sha256', Buffer.concat([LEAF, entry]), 'buffer')

/** Hash of two neighbours. Another prefix than a leaf's, so that no entry can pose as a node. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  hash('sha256', Buffer.concat([NODE, left, right]), 'buffer')

/** Root of the tree without entries: SHA-256 of nothing. */
export const EMPTY_ROOT: Buffer = hash('sha256', '', 'buffer')
