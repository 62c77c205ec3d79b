import type { CryptoProvider } from '../ports/crypto.ts'
import { type OpenedCheckpoint, openCheckpoint, parseHash, parseSize } from './checkpoint.ts'
import { verifyInclusion } from './inclusion.ts'
import { leafHash } from './leaf.ts'
import type { NoteKey } from './note-key.ts'

export interface TlogProof {
  index: number
  /** From the leaf's sibling up to the root's child. */
  path: readonly Buffer[]
  /** The checkpoint as published, with all its signatures. */
  checkpoint: string
  /** Not covered by any signature; says what the reader needs to rebuild the leaf. */
  extra?: Buffer
}

/** A text that is no proof, or a proof that does not hold. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1'

/** Source: C2SP tlog-proof. Kept in files named `.tlog-proof`. */
export function formatProof({ index, path, checkpoint, extra }: TlogProof): string {
  const lines = [
    FIRST_LINE,
    ...(extra === undefined ? [] : [`extra ${extra.toString('base64')}`]),
    `index ${index}`,
    ...path.map((hash) => hash.toString('base64')),
  ]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** Errors: `ProofError`. */
export function parseProof(text: string): TlogProof {
  const blank = text.indexOf('\n\n')
  const lines = text.slice(0, Math.max(blank, 0)).split('\n')
  if (lines.shift() !== FIRST_LINE) throw new ProofError('the text is no transparency-log proof')
  const extraText = lines[0]?.startsWith('extra ') ? lines.shift()?.slice('extra '.length) : undefined
  const index = parseSize(/^index (.*)$/.exec(lines.shift() ?? '')?.[1] ?? '')
  const path = lines.map(parseHash)
  if (index === undefined || path.length > 63 || !path.every((hash) => hash !== undefined))
    throw new ProofError('the proof is not well formed')
  const extra = extraText === undefined ? undefined : Buffer.from(extraText, 'base64')
  if (extra !== undefined && extra.toString('base64') !== extraText) throw new ProofError('`extra` is not base64')
  return { index, path, checkpoint: text.slice(blank + 2), ...(extra === undefined ? {} : { extra }) }
}

/**
 * The signed checkpoint that covers the entry, when the proof holds for exactly these bytes.
 *
 * Errors: `ProofError`; `NoteError` for the checkpoint's signatures.
 */
export async function verifyProof(
  crypto: CryptoProvider,
  { index, path, checkpoint }: TlogProof,
  entry: Buffer,
  logKeys: readonly NoteKey[],
  witnessKeys: readonly NoteKey[] = [],
): Promise<OpenedCheckpoint> {
  const opened = await openCheckpoint(crypto, checkpoint, logKeys, witnessKeys)
  const { size, root } = opened
  if (!verifyInclusion({ index, size, path, root, leaf: leafHash(entry) }))
    throw new ProofError('the proof does not lead from this entry to the signed root')
  return opened
}
