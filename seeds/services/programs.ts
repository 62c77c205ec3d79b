import { type ExecFileOptions, execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Finds a program by name in the directories of PATH. */
export function findOnPath(name: string, path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isProgram)
}

/** Runs a program to its end and gives what it printed; a failure's message ends with the last lines of its complaint. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<string> {
  try {
    const { stdout } = await run(file, args, { maxBuffer: 64 << 20, ...options, encoding: 'utf8' })
    return stdout
  } catch (thrown) {
    const { stderr = '', message } = thrown as { stderr?: string; message: string }
    const complaint = stderr.trim().split('\n').slice(-3).join(' | ')
    throw new Error(`\`${file}\` failed: ${complaint === '' ? message : complaint}`, { cause: thrown })
  }
}

/** The version a server program names itself by (`postgres (PostgreSQL) 15.13` → `15.13`), or `undefined` when it does not run. */
export async function versionOf(file: string, options: ExecFileOptions = {}): Promise<string | undefined> {
  try {
    return /\d+(\.\d+)+/.exec(await runProgram(file, ['--version'], { timeout: 20_000, ...options }))?.[0]
  } catch {
    return undefined
  }
}
