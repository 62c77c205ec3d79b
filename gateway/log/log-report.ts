import type { Bilingual } from '../errors/exchange-error.ts'

/** What a check found wrong; the words stay what they are. */
export type LogFaultCode =
  | 'checkpoint' // missing, unsigned, of another log
  | 'witness' // who must have cosigned has not
  | 'missing' // a tile or bundle that the checkpoint's size demands is not there
  | 'entry' // an entry does not belong at its index
  | 'tile' // a hash tile disagrees with the entries under it
  | 'root' // all tiles agree among themselves, and not with the signed root
  | 'inconsistent' // an older checkpoint covered other entries
  | 'json' // an entry is not a JSON object
  | 'sm3' // the SM3 chain

export interface LogFault extends Bilingual {
  code: LogFaultCode
  /** The first bad entry; null where the fault is not in one. */
  index: number | null
}

export interface LogReport {
  ok: boolean
  origin: string | null
  size: number
  /** Base64. */
  root: string | null
  /** Entries whose bytes were read and hashed. */
  entriesChecked: number
  /** Entries before this index were purged in order: their hashes were checked, not their contents. */
  lowestKept: number
  /** Size of the older checkpoint that this log was shown to continue. */
  continuesFrom: number | null
  /** Where the signed head of the SM3 chain stands; null where no key for it was given. */
  sm3Size: number | null
  cosignatures: { name: string; at: string }[]
  /** The first thing found wrong, in the order of the log. */
  fault: LogFault | null
}

/** Ends a check at the first thing found wrong. */
export class LogFaultFound extends Error {
  override readonly name = 'LogFaultFound'
  constructor(readonly fault: LogFault) {
    super(fault.en)
  }
}

export function found(code: LogFaultCode, index: number | null, zh: string, en: string): LogFaultFound {
  return new LogFaultFound({ code, index, zh, en })
}
