import type { CryptoProvider } from '../../ports/crypto.ts'
import type { EntryView } from '../entry-view.ts'
import type { Check } from '../types.ts'
import type { PackageFiles } from '../zip.ts'

/** What every check looks at: the files of the package and nothing else. */
export interface Material {
  files: PackageFiles
  entry: EntryView
  crypto: CryptoProvider
}

type Finding = Pick<Check, 'result' | 'detail'>

export const passed = (zh: string, en: string): Finding => ({ result: 'passed', detail: { zh, en } })
export const failed = (zh: string, en: string): Finding => ({ result: 'failed', detail: { zh, en } })
export const notApplicable = (zh: string, en: string): Finding => ({ result: 'not-applicable', detail: { zh, en } })
export const notPossible = (zh: string, en: string): Finding => ({ result: 'not-possible', detail: { zh, en } })

export const textOf = (files: PackageFiles, name: string): string | undefined =>
  files.get(name)?.toString('utf8').trim()

/** A file of the package as JSON; undefined when it is absent or no JSON. */
export function jsonOf<T>(files: PackageFiles, name: string): T | undefined {
  try {
    const text = textOf(files, name)
    return text === undefined ? undefined : (JSON.parse(text) as T)
  } catch {
    return undefined
  }
}
