import type { CryptoProvider, SigningKey } from '../ports/crypto.ts'
import { formatCheckpoint, openCheckpoint } from './checkpoint.ts'
import { ed25519NoteKey, formatVkey, type NoteKey, sm2NoteKey } from './note-key.ts'
import { NoteError, signNote } from './signed-note.ts'
import { formatSm3Head, sm3Origin } from './sm3-chain.ts'

export interface LogSigners {
  origin: string
  logKey: NoteKey
  sm3Key: NoteKey
  /** What outsiders are given to check the log with. */
  vkeys: { log: string; sm3: string }
  /** Ed25519, and SM2 as a second line that foreign tools ignore. */
  checkpoint(size: number, root: Buffer): Promise<string>
  sm3Head(size: number, head: Buffer): Promise<string>
  /** Whether a published checkpoint bears this key's signature. */
  isOwn(note: string): Promise<boolean>
}

/** Binds the log's two keys to its origin, the gateway id: all three are for life. */
export function createLogSigners(
  crypto: CryptoProvider,
  origin: string,
  logKey: SigningKey,
  sm2Key: SigningKey,
): LogSigners {
  const log = { noteKey: ed25519NoteKey(origin, logKey.key), signingKey: logKey }
  const sm2 = { noteKey: sm2NoteKey(origin, sm2Key.key), signingKey: sm2Key }
  const sm3 = { noteKey: sm2NoteKey(sm3Origin(origin), sm2Key.key), signingKey: sm2Key }
  return {
    origin,
    logKey: log.noteKey,
    sm3Key: sm3.noteKey,
    vkeys: { log: formatVkey(log.noteKey), sm3: formatVkey(sm3.noteKey) },
    checkpoint: (size, root) => signNote(crypto, formatCheckpoint({ origin, size, root }), [log, sm2]),
    sm3Head: (size, head) => signNote(crypto, formatSm3Head(origin, size, head), [sm3]),
    async isOwn(note) {
      try {
        return (await openCheckpoint(crypto, note, [log.noteKey])).origin === origin
      } catch (thrown) {
        if (thrown instanceof NoteError) return false
        throw thrown
      }
    },
  }
}
