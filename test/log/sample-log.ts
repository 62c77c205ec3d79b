import { generateJwk, importSigningJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { signCheckpoint } from '../../gateway/log/checkpoint.ts'
import { encodeBundle } from '../../gateway/log/entry-bundle.ts'
import { leafHash } from '../../gateway/log/leaf.ts'
import type { LogReader } from '../../gateway/log/log-reader.ts'
import { ed25519NoteKey, sm2NoteKey } from '../../gateway/log/note-key.ts'
import { type NoteSigner, signNote } from '../../gateway/log/signed-note.ts'
import { formatSm3Head, SM3_START, sm3Digest, sm3Link, sm3Origin } from '../../gateway/log/sm3-chain.ts'
import { TILE_WIDTH, tilePath, tilesOf } from '../../gateway/log/tile-path.ts'
import { EMPTY_EDGE, growTree, rootOf } from '../../gateway/log/tree.ts'

export const crypto = createSoftwareCrypto()
export const ORIGIN = 'guanyi:371082'

export interface SampleKeys {
  log: NoteSigner
  sm2: NoteSigner
}

export function sampleKeys(origin = ORIGIN): SampleKeys {
  const log = importSigningJwk({ ...generateJwk('EdDSA', 'log') })
  const sm2 = importSigningJwk({ ...generateJwk('SM2', 'log-sm2') })
  return {
    log: { signingKey: log, noteKey: ed25519NoteKey(origin, log.key) },
    sm2: { signingKey: sm2, noteKey: sm2NoteKey(sm3Origin(origin), sm2.key) },
  }
}

export const sampleEntry = (index: number): Buffer =>
  Buffer.from(JSON.stringify({ at: new Date(1_760_000_000_000 + index).toISOString(), exchangeId: `x-${index}`, v: 1 }))

export const sampleEntries = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => sampleEntry(index))

/** A log as its files, by path; altering the map alters the log. */
export type Files = Map<string, Buffer>

export const mapReader = (files: Files): LogReader => ({ get: async (path) => files.get(path) })

/** A whole log over the entries, as it stands after growing once. */
export async function sampleLog(entries: readonly Buffer[], keys: SampleKeys, origin = ORIGIN): Promise<Files> {
  const files: Files = new Map()
  const { edge, tiles } = growTree(EMPTY_EDGE, entries.map(leafHash))
  for (const { level, index, hashes } of tiles)
    files.set(tilePath({ kind: level, index, width: hashes.length / 32 }), hashes)
  for (const name of tilesOf('entries', entries.length)) {
    const from = name.index * TILE_WIDTH
    const part = entries.slice(from, from + name.width)
    files.set(tilePath(name), encodeBundle(part))
    files.set(tilePath({ ...name, kind: 'sm3' }), Buffer.concat(part.map(sm3Digest)))
  }
  const chain = entries.reduce<Buffer>((head, entry) => sm3Link(head, sm3Digest(entry)), SM3_START)
  const size = entries.length
  files.set('checkpoint', Buffer.from(await signCheckpoint(crypto, { origin, size, root: rootOf(edge) }, [keys.log])))
  files.set('sm3-head', Buffer.from(await signNote(crypto, formatSm3Head(origin, size, chain), [keys.sm2])))
  return files
}
