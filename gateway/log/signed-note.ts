import type { CryptoProvider, SigningKey } from '../ports/crypto.ts'
import { cosignedText } from './cosigned-text.ts'
import { NOTE_KEY_TYPES, type NoteKey } from './note-key.ts'

/** A text that is no signed note, or a note whose signature by a known key is wrong. */
export class NoteError extends Error {
  override readonly name = 'NoteError'
}

export interface SignatureLine {
  name: string
  keyId: number
  /** Without the four bytes of the key id. */
  signature: Buffer
}

export interface SignedNote {
  /** With its last newline. */
  text: string
  lines: SignatureLine[]
}

/** Source: C2SP signed-note; its limit leaves room for many witnesses. */
const MAX_NOTE_CHARACTERS = 1_000_000
const LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/

/**
 * Takes a note apart without judging its signatures.
 *
 * Shape:  text, empty line, signature lines; UTF-8 without control characters but newline.
 * Errors: `NoteError`.
 */
export function parseNote(note: string): SignedNote {
  if (note.length > MAX_NOTE_CHARACTERS) throw new NoteError('the note is too long')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0009\u000b-\u001f\ufffd]/.test(note)) throw new NoteError('the note holds control characters')
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n')) throw new NoteError('the note has no signatures')
  const lines = note.slice(split + 2, -1).split('\n')
  return { text: note.slice(0, split + 1), lines: lines.map(parseSignatureLine) }
}

export function parseSignatureLine(line: string): SignatureLine {
  const [, name, encoded] = LINE.exec(line) ?? []
  const bytes = Buffer.from(encoded ?? '', 'base64')
  if (name === undefined || bytes.length < 5 || bytes.toString('base64') !== encoded)
    throw new NoteError('a signature line is not well formed')
  return { name, keyId: bytes.readUInt32BE(0), signature: bytes.subarray(4) }
}

export function formatSignatureLine({ name, keyId, signature }: SignatureLine): string {
  const id = Buffer.alloc(4)
  id.writeUInt32BE(keyId)
  return `— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`
}

export const formatNote = ({ text, lines }: SignedNote): string => `${text}\n${lines.map(formatSignatureLine).join('')}`

export interface NoteSigner {
  noteKey: NoteKey
  signingKey: SigningKey
}

/** Signs the text with every key, in order; a key of cosignatures is not for this. */
export async function signNote(crypto: CryptoProvider, text: string, signers: readonly NoteSigner[]): Promise<string> {
  if (!text.endsWith('\n')) throw new NoteError('the text does not end in a newline')
  const lines = await Promise.all(
    signers.map(async ({ noteKey, signingKey }) => ({
      name: noteKey.name,
      keyId: noteKey.id,
      signature: await crypto.sign(signingKey, Buffer.from(text)),
    })),
  )
  return formatNote({ text, lines })
}

export interface VerifiedLine {
  key: NoteKey
  /** Cosignatures only: when it was made, in seconds since the epoch. */
  timestampSeconds?: number
}

export interface OpenedNote {
  text: string
  /** In the order of the note; at least one. */
  verified: VerifiedLine[]
}

/**
 * The text of a note that at least one known key signed. Lines of unknown keys are ignored, also when they share name
 * or id with a known one; a wrong signature of a known key refuses the whole note.
 *
 * Errors: `NoteError`.
 * Source: C2SP signed-note, "Signatures".
 */
export async function openNote(crypto: CryptoProvider, note: string, known: readonly NoteKey[]): Promise<OpenedNote> {
  const { text, lines } = parseNote(note)
  const verified = await verifyLines(crypto, text, lines, known)
  if (verified.length === 0) throw new NoteError('no known key signed the note')
  return { text, verified }
}

export async function verifyLines(
  crypto: CryptoProvider,
  text: string,
  lines: readonly SignatureLine[],
  known: readonly NoteKey[],
): Promise<VerifiedLine[]> {
  const verified = new Map<NoteKey, VerifiedLine>()
  for (const line of lines) {
    const key = known.find(({ name, id }) => name === line.name && id === line.keyId)
    if (key === undefined || verified.has(key)) continue
    const opened = await verifyLine(crypto, key, text, line.signature)
    if (opened === undefined) throw new NoteError(`the signature of \`${key.name}\` is wrong`)
    verified.set(key, opened)
  }
  return [...verified.values()]
}

async function verifyLine(
  crypto: CryptoProvider,
  key: NoteKey,
  text: string,
  signature: Buffer,
): Promise<VerifiedLine | undefined> {
  if (key.type !== NOTE_KEY_TYPES.cosignature)
    return (await crypto.verify(key.verificationKey, Buffer.from(text), signature)) ? { key } : undefined
  if (signature.length !== 72) return undefined
  const timestampSeconds = Number(signature.readBigUInt64BE(0))
  if (!Number.isSafeInteger(timestampSeconds)) return undefined
  const signed = Buffer.from(cosignedText(text, timestampSeconds))
  const valid = await crypto.verify(key.verificationKey, signed, signature.subarray(8))
  return valid ? { key, timestampSeconds } : undefined
}
