import type { CryptoProvider } from '../ports/crypto.ts'
import { HASH_BYTES } from './leaf.ts'
import type { NoteKey } from './note-key.ts'
import { NoteError, type NoteSigner, openNote, signNote, type VerifiedLine } from './signed-note.ts'

/** The head of a log. Origin: the gateway id, for life; a log that changes its host name stays the same log. */
export interface Checkpoint {
  origin: string
  /** Number of entries. */
  size: number
  root: Buffer
}

/** Three lines: origin, size, root in base64. Source: C2SP tlog-checkpoint. */
export const formatCheckpoint = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`

/** Errors: `NoteError`. Extension lines are let pass, as the specification asks. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, sizeText, rootText, ...extensions] = text.split('\n')
  const size = parseSize(sizeText ?? '')
  const root = parseHash(rootText ?? '')
  const wellFormed = extensions.at(-1) === '' && extensions.slice(0, -1).every((line) => line !== '')
  if (!origin || size === undefined || root === undefined || !wellFormed)
    throw new NoteError('the text is no checkpoint')
  return { origin, size, root }
}

/** A whole number in decimal without superfluous zeroes. */
export function parseSize(text: string): number | undefined {
  return /^(0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined
}

/** A hash in standard base64, in its one spelling. */
export function parseHash(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === HASH_BYTES && bytes.toString('base64') === text ? bytes : undefined
}

export const signCheckpoint = (
  crypto: CryptoProvider,
  checkpoint: Checkpoint,
  signers: readonly NoteSigner[],
): Promise<string> => signNote(crypto, formatCheckpoint(checkpoint), signers)

export interface OpenedCheckpoint extends Checkpoint {
  text: string
  verified: VerifiedLine[]
}

/**
 * A checkpoint that the log signed.
 *
 * Shape:  `logKeys` sign checkpoints; `others` (witnesses, SM2) are verified where they occur.
 * Errors: `NoteError` when no log key signed, when a known signature is wrong, or when a log key signed another origin.
 */
export async function openCheckpoint(
  crypto: CryptoProvider,
  note: string,
  logKeys: readonly NoteKey[],
  others: readonly NoteKey[] = [],
): Promise<OpenedCheckpoint> {
  const { text, verified } = await openNote(crypto, note, [...logKeys, ...others])
  const checkpoint = parseCheckpoint(text)
  const signed = verified.some(({ key }) => logKeys.includes(key) && key.name === checkpoint.origin)
  if (!signed) throw new NoteError('the checkpoint is not signed by the log')
  return { ...checkpoint, text, verified }
}
