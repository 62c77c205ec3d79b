import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { privateDir } from './state-file.ts'

/** Notes in the project where something outside of it was put. */
export function rememberPlace(note: string, place: string): void {
  privateDir(dirname(note))
  writeFileSync(note, `${JSON.stringify({ place })}\n`, { mode: 0o600 })
}

/** Reads such a note; a place that is gone or no longer ours alone is not trusted. */
export function readPlace(note: string): string | undefined {
  try {
    const { place } = JSON.parse(readFileSync(note, 'utf8')) as { place: string }
    const { uid, mode } = statSync(place)
    return uid === process.getuid?.() && (mode & 0o022) === 0 ? place : undefined
  } catch {
    return undefined
  }
}
