import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { generateJwk, importSigningJwk } from '../adapters/crypto/jwk.ts'
import { openCheckpoint, parseCheckpoint } from '../log/checkpoint.ts'
import { verifyConsistency } from '../log/consistency.ts'
import { cosign } from '../log/cosignature.ts'
import { EMPTY_ROOT } from '../log/leaf.ts'
import { cosignatureNoteKey, formatVkey, parseVkey } from '../log/note-key.ts'
import { parseNote } from '../log/signed-note.ts'
import type { CryptoProvider, SigningKey } from '../ports/crypto.ts'
import { parseAddCheckpoint } from './add-checkpoint.ts'
import { readIfThere, writeDurably } from './state-file.ts'

export interface WitnessOptions {
  /** Own directory of the witness: its key (`witness.jwk.json`) and what it last cosigned (`<origin>.json`). */
  stateDir: string
  /** The key it believes to be the log's. */
  logVkey: string
  origin: string
  /** Name in its cosignatures. Default `witness/<origin>`. */
  name?: string
  crypto: CryptoProvider
  /** Milliseconds since the epoch. */
  now: () => number
}

export interface WitnessReply {
  status: 200 | 400 | 403 | 404 | 409 | 422
  body: string
  contentType: string
}

export interface Witness {
  vkey: string
  addCheckpoint(body: string): Promise<WitnessReply>
  /** Size it last cosigned; 0 before the first. */
  lastSize(): number
}

const text = (
  status: WitnessReply['status'],
  body: string,
  contentType = 'text/plain; charset=utf-8',
): WitnessReply => ({
  status,
  body,
  contentType,
})

/**
 * Cosigns the checkpoints of one log as long as each continues the one before.
 *
 * What it last cosigned is on disk before the cosignature leaves, and requests are handled one after another, so no
 * later request can be judged by an older state.
 *
 * Errors: at start, when its own key or state cannot be read or do not fit.
 * Source: C2SP tlog-witness, tlog-cosignature.
 */
export async function createWitness(options: WitnessOptions): Promise<Witness> {
  const { stateDir, logVkey, origin, name = `witness/${origin}`, crypto, now } = options
  const logKey = parseVkey(logVkey)
  if (logKey.name !== origin) throw new Error('日志公钥不属于此日志 / the log’s key is of another origin')
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const key = await ownKey(join(stateDir, 'witness.jwk.json'))
  const statePath = join(stateDir, `${origin.replaceAll(/[^a-z0-9.-]/g, '_')}.json`)
  let last = await readState(statePath, origin)
  let queue: Promise<unknown> = Promise.resolve()

  async function judge(body: string): Promise<WitnessReply> {
    const request = parseAddCheckpoint(body)
    if (request === undefined) return text(400, 'malformed request\n')
    const { oldSize, proof, checkpoint } = request
    const claimed = originOf(checkpoint)
    if (claimed === undefined) return text(400, 'malformed checkpoint\n')
    if (claimed !== origin) return text(404, 'unknown log\n')
    const opened = await openCheckpoint(crypto, checkpoint, [logKey]).catch(() => undefined)
    if (opened === undefined) return text(403, 'not signed by the log\n')
    if (oldSize > opened.size) return text(400, 'the old size is larger than the checkpoint\n')

    const conflict = text(409, `${last.size}\n`, 'text/x.tlog.size')
    if (oldSize !== last.size) return conflict
    if (oldSize === opened.size && !opened.root.equals(last.root)) return conflict
    const claim = { oldSize, oldRoot: last.root, newSize: opened.size, newRoot: opened.root, proof }
    if (!verifyConsistency(claim)) return text(422, 'the checkpoint does not continue the last one\n')

    const next = { size: opened.size, root: opened.root }
    if (next.size > last.size) {
      await writeDurably(statePath, JSON.stringify({ origin, checkpoint }))
      last = next
    }
    return text(200, await cosign(crypto, name, key, opened.text, Math.floor(now() / 1000)))
  }

  return {
    vkey: formatVkey(cosignatureNoteKey(name, key.key)),
    lastSize: () => last.size,
    addCheckpoint(body) {
      const reply = queue.then(() => judge(body))
      queue = reply.catch(() => {})
      return reply
    },
  }
}

function originOf(note: string): string | undefined {
  try {
    return parseCheckpoint(parseNote(note).text).origin
  } catch {
    return undefined
  }
}

async function ownKey(path: string): Promise<SigningKey> {
  const stored = await readIfThere(path)
  if (stored !== undefined) return importSigningJwk(JSON.parse(stored) as Record<string, unknown>)
  const made = generateJwk('EdDSA', 'witness')
  await writeDurably(path, `${JSON.stringify(made, null, 2)}\n`)
  return importSigningJwk({ ...made })
}

async function readState(path: string, origin: string): Promise<{ size: number; root: Buffer }> {
  const stored = await readIfThere(path)
  if (stored === undefined) return { size: 0, root: EMPTY_ROOT }
  const { checkpoint } = JSON.parse(stored) as { checkpoint: string }
  const { origin: of, size, root } = parseCheckpoint(parseNote(checkpoint).text)
  if (of !== origin) throw new Error(`${path} 属于别的日志 / is of another log`)
  return { size, root }
}
