import type { Bilingual } from '../errors/exchange-error.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { NoteKey } from './note-key.ts'
import { NOTE_KEY_TYPES } from './note-key.ts'
import type { LogPolicy } from './policy.ts'
import { parseProof, verifyProof } from './tlog-proof.ts'

export interface CheckReceiptOptions {
  crypto: CryptoProvider
  /** The `.tlog-proof` file. */
  text: string
  logKey: NoteKey
  policy: LogPolicy | undefined
  /** Exact bytes of the entry; by default those the receipt encloses. */
  entry: Buffer | undefined
}

export type ReceiptReport =
  | {
      ok: true
      origin: string
      index: number
      /** Size of the checkpoint that covers the entry. */
      size: number
      entry: Record<string, unknown>
      cosignatures: { name: string; at: string }[]
    }
  | { ok: false; fault: Bilingual }

/** Checks a receipt with no network and no database. Never throws for what the receipt holds. */
export async function checkReceipt(options: CheckReceiptOptions): Promise<ReceiptReport> {
  const { crypto, text, logKey, policy } = options
  try {
    const proof = parseProof(text)
    const entry = options.entry ?? enclosedEntry(proof.extra)
    if (entry === undefined) return bad('证明未附记录原文，请另行给出', 'the receipt encloses no entry; give it apart')
    const witnesses = policy?.witnesses.map(({ key }) => key) ?? []
    const opened = await verifyProof(crypto, proof, entry, [logKey], witnesses)
    const cosigned = opened.verified.filter(({ key }) => key.type === NOTE_KEY_TYPES.cosignature)
    if (policy !== undefined && !policy.isSatisfiedBy(cosigned.map(({ key }) => key)))
      return bad('见证签名不足', 'those who must have cosigned have not')
    return {
      ok: true,
      origin: opened.origin,
      index: proof.index,
      size: opened.size,
      entry: JSON.parse(entry.toString()) as Record<string, unknown>,
      cosignatures: cosigned.map(({ key, timestampSeconds = 0 }) => ({
        name: key.name,
        at: new Date(timestampSeconds * 1000).toISOString(),
      })),
    }
  } catch (thrown) {
    return bad('证明、签名或记录不符', (thrown as Error).message)
  }
}

const bad = (zh: string, en: string): ReceiptReport => ({ ok: false, fault: { zh, en } })

/** `extra` is covered by no signature; the entry in it is, once its hash leads to the root. */
function enclosedEntry(extra: Buffer | undefined): Buffer | undefined {
  if (extra === undefined) return undefined
  const { entry } = JSON.parse(extra.toString()) as { entry?: unknown }
  return typeof entry === 'string' ? Buffer.from(entry, 'base64') : undefined
}
