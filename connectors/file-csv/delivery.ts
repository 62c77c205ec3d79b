import { contractBroken, timedOut } from '../failures.ts'
import type { FileCsvConfig } from './config.ts'
import type { DropFolder } from './drop-folder.ts'
import type { Manifest } from './manifest.ts'
import { type CsvReading, readCsv } from './read-csv.ts'

/** A delivery that is whole and as its manifest says. */
export interface Delivery {
  manifest: Manifest
  columns: readonly string[]
  /** Rows whose key columns hold these values; at most `maxRows`, more are `provider.contract`. */
  find(keys: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string[][]>
}

export interface DeliveryOptions extends CsvReading {
  /** Columns compared, the indexed one first. */
  keyColumns: readonly string[]
  indexMaxBytes: number
  maxRows: number
}

export function optionsOf(
  config: FileCsvConfig,
  defaults: Omit<DeliveryOptions, 'keyColumns' | 'delimiter'>,
): DeliveryOptions {
  return {
    delimiter: config.delimiter ?? ',',
    keyColumns: Object.values(config.keys),
    indexMaxBytes: config.indexMaxBytes ?? defaults.indexMaxBytes,
    maxBytes: config.maxBytes ?? defaults.maxBytes,
    maxRows: config.maxRows ?? defaults.maxRows,
  }
}

/**
 * Reads a delivery through once, to its end: what is wrong anywhere in it refuses all of it. Small files stay in memory
 * by key; of large ones only columns and manifest stay, and each question reads the file again, digest included.
 *
 * Errors: `provider.contract`, `provider.unreachable` (still arriving).
 */
export async function loadDelivery(
  folder: DropFolder,
  manifest: Manifest,
  options: DeliveryOptions,
): Promise<Delivery> {
  const keep = manifest.bytes <= options.indexMaxBytes
  const index = new Map<string, string | string[]>()
  let columns: string[] | undefined
  let keyAt = 0
  for await (const row of rowsOf(folder, manifest, options)) {
    if (columns === undefined) {
      columns = checkHeader(row, options.keyColumns)
      keyAt = columns.indexOf(options.keyColumns[0] ?? '')
    } else if (keep) {
      add(index, row[keyAt] ?? '', packed(row))
    }
  }
  const header = columns ?? []
  const narrow = (rows: string[][], keys: Readonly<Record<string, string>>) =>
    matching(rows, header, keys, options.maxRows)
  if (!keep) {
    return {
      manifest,
      columns: header,
      find: (keys, signal) => readThrough(folder, manifest, options, header, keys, signal),
    }
  }
  return {
    manifest,
    columns: header,
    async find(keys) {
      const found = index.get(keys[options.keyColumns[0] ?? ''] ?? '')
      const rows = found === undefined ? [] : Array.isArray(found) ? found : [found]
      return narrow(rows.map(unpacked), keys)
    },
  }
}

async function* rowsOf(folder: DropFolder, manifest: Manifest, options: CsvReading): AsyncGenerator<string[]> {
  if (manifest.bytes > options.maxBytes) throw contractBroken('the data file is larger than allowed')
  const handle = await folder.open(manifest)
  try {
    yield* readCsv(handle, manifest, options)
  } finally {
    await handle.close()
  }
}

async function readThrough(
  folder: DropFolder,
  manifest: Manifest,
  options: DeliveryOptions,
  columns: readonly string[],
  keys: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string[][]> {
  const found: string[][] = []
  for await (const row of rowsOf(folder, manifest, options)) {
    if (signal.aborted) throw timedOut('reading through the data file')
    found.push(...matching([row], columns, keys, 1))
    if (found.length > options.maxRows) throw contractBroken(`more than ${options.maxRows} rows`)
  }
  return found
}

function matching(
  rows: string[][],
  columns: readonly string[],
  keys: Readonly<Record<string, string>>,
  maxRows: number,
) {
  const wanted = Object.entries(keys).map(([column, value]) => [columns.indexOf(column), value] as const)
  const found = rows.filter((row) => wanted.every(([at, value]) => row[at] === value))
  if (found.length > maxRows) throw contractBroken(`more than ${maxRows} rows`)
  return found
}

/** Most keys have one row; a list for each would cost as much again. */
function add(index: Map<string, string | string[]>, key: string, row: string): void {
  const known = index.get(key)
  if (known === undefined) index.set(key, row)
  else if (Array.isArray(known)) known.push(row)
  else index.set(key, [known, row])
}

/** One text per row takes a third of what one per cell does. */
const SEPARATOR = '\u0000'
function packed(row: string[]): string {
  if (row.some((cell) => cell.includes(SEPARATOR))) throw contractBroken('a cell holds what no text holds')
  return row.join(SEPARATOR)
}
const unpacked = (row: string): string[] => row.split(SEPARATOR)

function checkHeader(header: string[], keyColumns: readonly string[]): string[] {
  const columns = header.map((name, at) => (at === 0 ? name.replace(/^\ufeff/, '') : name).trim())
  if (columns.some((name) => name === '') || new Set(columns).size < columns.length) {
    throw contractBroken('the header names a column twice, or one without a name')
  }
  const lacking = keyColumns.filter((name) => !columns.includes(name))
  if (lacking.length > 0) throw contractBroken('the data file lacks a key column')
  return columns
}
