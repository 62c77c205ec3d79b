import { readFile, stat } from 'node:fs/promises'

/** A file read again when it changes, at most once per `intervalMs`. */
export interface WatchedFile<T> {
  /** The parsed content; a change that does not parse leaves the last good content in force and reports the fault. */
  read(): Promise<T | undefined>
  /** Looks at the file now, unless that was done within `intervalMs`. */
  refresh(): Promise<void>
}

export interface WatchedFileOptions<T> {
  path: string
  parse: (text: string) => T
  intervalMs: number
  now: () => number
  onFault: (path: string) => void
}

/** An absent file reads as `undefined`. */
export function watchFileContent<T>({ path, parse, intervalMs, now, onFault }: WatchedFileOptions<T>): WatchedFile<T> {
  let content: T | undefined
  let seen: string | undefined
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    lookedAtMs = now()
    const info = await stat(path).catch(() => undefined)
    const mark = info && `${info.mtimeMs}:${info.size}:${info.ino}`
    if (mark === seen) return
    try {
      content = info && parse(await readFile(path, 'utf8'))
      seen = mark
    } catch {
      onFault(path)
    }
  }
  async function refresh(): Promise<void> {
    if (now() - lookedAtMs < intervalMs) return await looking
    looking ??= look().finally(() => {
      looking = undefined
    })
    await looking
  }
  return {
    async read() {
      if (seen === undefined) await refresh()
      else void refresh()
      return content
    },
    refresh,
  }
}
