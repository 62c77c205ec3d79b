import { createHash, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { watchFileContent } from './watched-file.ts'

export const LOG_READERS_FILE = 'log-readers.json'

interface LogReader {
  id: string
  /** base64url SHA-256 of the bearer token. */
  tokenDigest: string
}

/** Digest under which a log reader's token is kept: the file does not give the token away. */
export const logTokenDigest = (token: string): string => createHash('sha256').update(token).digest('base64url')

/**
 * Who may read entry bundles: `log-readers.json` beside the installation's keys, `{ "readers": [{ "id", "tokenDigest" }] }`, read
 * again when it changes. Without the file nobody may.
 */
export function createLogReaders(
  dir: string,
  { now, onFault }: { now: () => number; onFault: (path: string) => void },
): (authorization: string | undefined) => Promise<boolean> {
  const file = watchFileContent<Buffer[]>({
    path: join(dir, LOG_READERS_FILE),
    parse: (text) =>
      (JSON.parse(text) as { readers: LogReader[] }).readers.map(({ tokenDigest }) => Buffer.from(tokenDigest)),
    unusable: [],
    intervalMs: 1_000,
    now,
    onFault,
  })
  return async (authorization) => {
    const token = /^Bearer ([A-Za-z0-9_-]{20,200})$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return false
    const digest = Buffer.from(logTokenDigest(token))
    const readers = (await file.read()) ?? []
    return readers.some((known) => known.length === digest.length && timingSafeEqual(known, digest))
  }
}
