import { parseSize } from '../log/checkpoint.ts'
import type { NoteKey } from '../log/note-key.ts'
import { formatSignatureLine, parseNote, parseSignatureLine, verifyLines } from '../log/signed-note.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import { formatAddCheckpoint } from './add-checkpoint.ts'

export type WitnessAnswer =
  | { kind: 'cosigned'; lines: string; timestampSeconds: number }
  /** The witness's last size is another one than the request began from. */
  | { kind: 'elsewhere'; size: number }
  /** The witness has seen a history that this checkpoint does not continue. */
  | { kind: 'inconsistent' }
  | { kind: 'away'; why: string }

export interface WitnessSubmission {
  oldSize: number
  proof: readonly Buffer[]
  checkpoint: string
}

export interface WitnessClient {
  readonly key: NoteKey
  submit(submission: WitnessSubmission, timeoutMs: number): Promise<WitnessAnswer>
}

export interface WitnessClientOptions {
  /** Submission prefix, without `/add-checkpoint`. */
  url: string
  /** The witness's key for cosignatures; answers under another key count as none. */
  key: NoteKey
  crypto: CryptoProvider
  fetch?: typeof fetch
}

/** Source: C2SP tlog-witness. Never throws: whatever a witness does, the log goes on. */
export function createWitnessClient({ url, key, crypto, fetch: http = fetch }: WitnessClientOptions): WitnessClient {
  const address = `${url.replace(/\/+$/, '')}/add-checkpoint`

  async function submit(submission: WitnessSubmission, timeoutMs: number): Promise<WitnessAnswer> {
    const response = await http(address, {
      method: 'POST',
      body: formatAddCheckpoint(submission),
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (response.status === 409) {
      const size = parseSize(text.trimEnd())
      if (size === undefined) return { kind: 'away', why: 'status 409 without a size' }
      // The size is the one we began from: then it is the root at that size that differs.
      return size === submission.oldSize ? { kind: 'inconsistent' } : { kind: 'elsewhere', size }
    }
    if (response.status === 422) return { kind: 'inconsistent' }
    if (response.status !== 200) return { kind: 'away', why: `status ${response.status}` }

    const lines = text.split('\n').filter((line) => line !== '')
    const own = lines.map(parseSignatureLine).filter(({ name, keyId }) => name === key.name && keyId === key.id)
    const [verified] = await verifyLines(crypto, parseNote(submission.checkpoint).text, own, [key])
    if (verified?.timestampSeconds === undefined) return { kind: 'away', why: 'no cosignature under its key' }
    const line = own[0] as (typeof own)[number]
    return { kind: 'cosigned', lines: formatSignatureLine(line), timestampSeconds: verified.timestampSeconds }
  }

  return {
    key,
    submit: (submission, timeoutMs) =>
      submit(submission, timeoutMs).catch((thrown: Error) => ({ kind: 'away', why: thrown.name })),
  }
}
