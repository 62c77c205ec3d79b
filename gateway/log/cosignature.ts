import type { CryptoProvider, SigningKey } from '../ports/crypto.ts'
import { cosignedText } from './cosigned-text.ts'
import { cosignatureNoteKey } from './note-key.ts'
import { formatSignatureLine } from './signed-note.ts'

/**
 * A witness's line under a checkpoint: at this time, this was the largest consistent head it had seen of this log.
 *
 * Shape:  `checkpointText` is the note's text without signatures; time in whole seconds since the epoch.
 * Source: C2SP tlog-cosignature (cosignature/v1, key type 0x04).
 */
export async function cosign(
  crypto: CryptoProvider,
  name: string,
  key: SigningKey,
  checkpointText: string,
  timestampSeconds: number,
): Promise<string> {
  const signed = await crypto.sign(key, Buffer.from(cosignedText(checkpointText, timestampSeconds)))
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(timestampSeconds))
  const { id } = cosignatureNoteKey(name, key.key)
  return formatSignatureLine({ name, keyId: id, signature: Buffer.concat([time, signed]) })
}
