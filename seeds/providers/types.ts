/** How a sample provider behaves; everything but `ok` is a way real sources go wrong. */
export type ServiceMode =
  | 'ok'
  /** Connections are cut. */
  | 'down'
  /** Answers, but only after `slowMs`. */
  | 'slow'
  /** HTTP 200 with a maintenance page instead of JSON. */
  | 'garbage'
  /** Every row and the envelope carry members nobody asked for. */
  | 'extra'
  | 'error500'
  /** Numbers for strings, lists for text, words for truth values. */
  | 'wrong-types'
  /** Every licence turns out to be revoked (吊销). */
  | 'revoked'
  /** HTTP 200 without a body. */
  | 'empty'
  /** A body that does not end before 64 MiB. */
  | 'too-much'

export interface ProviderService {
  readonly url: string
  readonly port: number
  /** Calls answered or spoilt so far; a connection cut in mode `down` counts too. */
  calls(): number
  setMode(mode: ServiceMode): void
  close(): Promise<void>
}

export interface ServiceOptions {
  /** How long mode `slow` waits; 30 s unless told. */
  slowMs?: number
  /** 0, the default, takes a free port. */
  port?: number
  /** For dialects that check the age of a signature. */
  now?: () => number
  /** Told of every question that could be read. */
  onCall?: (call: ForeignCall) => void
  /** JSON unless told. */
  wire?: Wire
}

/** A row as the department's own system keeps it. */
export type ForeignRow = Record<string, unknown>

/** What a department's register answers to one question. */
export type Finding =
  | { kind: 'rows'; rows: ForeignRow[] }
  /** The question lacks something this register needs. */
  | { kind: 'refused' }
  /** The file exists on paper only. */
  | { kind: 'not-digitised' }

/** Looks one question up; the query's members are the department's own names. */
export type Register = (query: Readonly<Record<string, unknown>>) => Finding

/** One department's registers, by the word that chooses between them (a path, a business type …). */
export type Registers = Readonly<Record<string, Register>>

export interface ForeignCall {
  path: string
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Readonly<Record<string, unknown>>
}

export interface ForeignAnswer {
  status: number
  body: Record<string, unknown>
}

/** How a department wraps questions and answers. `spoil` is put over the rows before they are wrapped. */
export interface Dialect {
  answer(call: ForeignCall, registers: Registers, spoil: (rows: ForeignRow[]) => ForeignRow[]): ForeignAnswer
}

/** How questions and answers are written down. `read` throws on what is not of this kind; the service then answers 400. */
export interface Wire {
  /** Media type of answers. */
  type: string
  read(text: string): Readonly<Record<string, unknown>>
  write(body: Readonly<Record<string, unknown>>): string
}
