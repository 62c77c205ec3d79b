import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import type { VerificationKey } from '../ports/crypto.ts'

/** Signature types that occur in our notes. Source: C2SP signed-note, "Signature types". */
export const NOTE_KEY_TYPES = { ed25519: 0x01, cosignature: 0x04, other: 0xff } as const
export type NoteKeyType = (typeof NOTE_KEY_TYPES)[keyof typeof NOTE_KEY_TYPES]

/** Follows the byte 0xff: SM2-with-SM3 (GB/T 32918.2), 64 bytes r‖s, public key as SPKI. The name is ours. */
const SM2_MARK = Buffer.from('guanyi sm2-with-sm3 v1\n')

/** A key as notes know it: by name and four bytes. */
export interface NoteKey {
  name: string
  id: number
  type: NoteKeyType
  /** Public key as the key id and the vkey cover it, after the type byte. */
  material: Buffer
  verificationKey: VerificationKey
}

/** A key that cannot stand in a note, or a vkey that is none. */
export class NoteKeyError extends Error {
  override readonly name = 'NoteKeyError'
}

/** Signs notes (checkpoints). Shape: an Ed25519 key, either half. */
export const ed25519NoteKey = (name: string, key: KeyObject): NoteKey =>
  noteKey(name, NOTE_KEY_TYPES.ed25519, rawEd25519(key))

/** Signs cosignatures (`cosignature/v1`); the same key under the type above would have another id. */
export const cosignatureNoteKey = (name: string, key: KeyObject): NoteKey =>
  noteKey(name, NOTE_KEY_TYPES.cosignature, rawEd25519(key))

/** Signs the head of the SM3 chain, and checkpoints beside Ed25519 for domestic verifiers. */
export const sm2NoteKey = (name: string, key: KeyObject): NoteKey =>
  noteKey(
    name,
    NOTE_KEY_TYPES.other,
    Buffer.concat([SM2_MARK, publicHalf(key).export({ type: 'spki', format: 'der' })]),
  )

/** `<name>+<id, 8 hex digits>+<base64 of type and key>`. Source: C2SP signed-note, "Verifier keys". */
export function formatVkey({ name, id, type, material }: NoteKey): string {
  return `${name}+${hex(id)}+${Buffer.concat([Buffer.from([type]), material]).toString('base64')}`
}

/** Errors: `NoteKeyError`. */
export function parseVkey(vkey: string): NoteKey {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(vkey.trim()) ?? []
  const bytes = Buffer.from(encoded ?? '', 'base64')
  const type = Object.values(NOTE_KEY_TYPES).find((known) => known === bytes[0])
  if (name === undefined || type === undefined) throw new NoteKeyError('not a vkey of a supported kind')
  const key = noteKey(name, type, Buffer.from(bytes.subarray(1)))
  if (hex(key.id) !== id) throw new NoteKeyError('the vkey’s id does not belong to its key')
  return key
}

const hex = (id: number): string => id.toString(16).padStart(8, '0')

function noteKey(name: string, type: NoteKeyType, material: Buffer): NoteKey {
  if (!/^[^\s+]+$/u.test(name)) throw new NoteKeyError('a key name is empty or holds a space or a plus')
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([type]), material]), 'buffer')
  const alg = type === NOTE_KEY_TYPES.other ? 'SM2' : 'EdDSA'
  return {
    name,
    id: id.readUInt32BE(0),
    type,
    material,
    verificationKey: { alg, kid: name, key: keyOf(type, material) },
  }
}

function keyOf(type: NoteKeyType, material: Buffer): KeyObject {
  try {
    if (type === NOTE_KEY_TYPES.other) {
      if (!material.subarray(0, SM2_MARK.length).equals(SM2_MARK)) throw new NoteKeyError('unknown signature scheme')
      return createPublicKey({ key: material.subarray(SM2_MARK.length), type: 'spki', format: 'der' })
    }
    if (material.length !== 32) throw new NoteKeyError('an Ed25519 key has 32 bytes')
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: material.toString('base64url') }
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch (cause) {
    throw cause instanceof NoteKeyError ? cause : new NoteKeyError('the key’s numbers make no key')
  }
}

const publicHalf = (key: KeyObject): KeyObject => (key.type === 'private' ? createPublicKey(key) : key)

function rawEd25519(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'ed25519') throw new NoteKeyError('an Ed25519 key is wanted')
  return Buffer.from(publicHalf(key).export({ format: 'jwk' }).x as string, 'base64url')
}
