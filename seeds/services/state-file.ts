import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'

/** What is remembered of a server between runs; 0600, because it holds the password. */
export interface ServiceState {
  readonly dataDir: string
  readonly port: number
  readonly password: string
  /** The server process, while it runs. */
  readonly server?: ProcessIdentity | undefined
  /** The process of ours that started it; while that one lives the server is in use. */
  readonly startedBy?: ProcessIdentity | undefined
}

/** Makes a directory only we may look into. */
export function privateDir(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}

/** Reads the state, or gives `undefined` when there is none that can be used. */
export function readState(file: string): ServiceState | undefined {
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as Partial<ServiceState>
    const usable =
      typeof state.dataDir === 'string' && typeof state.port === 'number' && typeof state.password === 'string'
    return usable ? (state as ServiceState) : undefined
  } catch {
    return undefined
  }
}

/** Writes the state in one step: a reader sees the old text or the new one. */
export function writeState(file: string, state: ServiceState): void {
  privateDir(dirname(file))
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}

/** The other process of ours that still uses the server of this state, if any. */
export function currentUser(state: ServiceState | undefined): ProcessIdentity | undefined {
  const { startedBy, server } = state ?? {}
  if (!startedBy || !server || startedBy.pid === process.pid) return undefined
  return isRunning(startedBy) && isRunning(server) ? startedBy : undefined
}

export const ourselves = (): ProcessIdentity => identify(process.pid) ?? { pid: process.pid, startedAs: 'unknown' }
