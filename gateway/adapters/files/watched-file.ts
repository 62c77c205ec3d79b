import { readFile, stat } from 'node:fs/promises'

/** A file read again when it changes, at most once per `intervalMs`. */
export interface WatchedFile<T> {
  /**
   * The parsed content, at most `intervalMs` old also after a long silence: a key taken away must not pass once more.
   * A change that cannot be used leaves the last good content in force and is reported once.
   */
  read(): Promise<T | undefined>
}

export interface WatchedFileOptions<T> {
  path: string
  parse: (text: string) => T
  /** Stands for a file that is there and was never usable: it must not read as if there were none. */
  unusable: T
  intervalMs: number
  now: () => number
  onFault: (path: string) => void
}

/** An absent file reads as `undefined`. */
export function watchFileContent<T>(options: WatchedFileOptions<T>): WatchedFile<T> {
  const { path, parse, unusable, intervalMs, now, onFault } = options
  let content: T | undefined
  let seen: string | undefined
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    lookedAtMs = now()
    let mark: string | undefined
    try {
      mark = await markOf(path)
      if (mark === seen) return
      content = mark === undefined ? undefined : parse(await readFile(path, 'utf8'))
    } catch {
      content ??= unusable
      onFault(path)
      mark ??= 'unreadable'
    }
    seen = mark
  }
  return {
    async read() {
      // Not simply `<`: a clock set back must not stop the looking.
      if (looking !== undefined || Math.abs(now() - lookedAtMs) >= intervalMs) {
        looking ??= look().finally(() => {
          looking = undefined
        })
        await looking
      }
      return content
    },
  }
}

/** What changes when the file does. Only a file that does not exist counts as absent. */
async function markOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    return `${mtimeMs}:${size}:${ino}`
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
}
