import type { Connector, ConnectorDeps, ConnectorFactory, Lookup, SourceAnswer } from '../../gateway/ports/connector.ts'
import { contractBroken, orTimedOut } from '../failures.ts'
import { createRowReader } from '../values/row-reader.ts'
import { configSchema, type FileCsvConfig, INDEX_MAX_BYTES, MAX_BYTES, MAX_ROWS } from './config.ts'
import { optionsOf } from './delivery.ts'
import { openDropFolder } from './drop-folder.ts'
import { createShelf } from './shelf.ts'

const DAY_MS = 86_400_000

/** Reads one dataset from the newest whole delivery in a drop folder. */
export const fileCsv: ConnectorFactory = {
  kind: 'file-csv',
  configSchema,
  create: createFileCsv,
}

function createFileCsv(config: FileCsvConfig, deps: ConnectorDeps): Connector {
  const inputs = Object.entries(config.keys)
  const undeclared = inputs.map(([input]) => input).filter((input) => !deps.inputs.includes(input))
  if (undeclared.length > 0) throw new Error(`keys name \`${undeclared[0]}\`, which is no input of the dataset`)
  const reader = createRowReader(config, deps.fields, { texts: true })
  const folder = openDropFolder(deps.endpoint.url, config.folder ?? '.')
  const options = optionsOf(config, { indexMaxBytes: INDEX_MAX_BYTES, maxBytes: MAX_BYTES, maxRows: MAX_ROWS })
  const shelf = createShelf(folder, options, deps.now, () => deps.alarm?.('delivery-refused'))

  const usable = async () => {
    const delivery = await shelf.current()
    const { asOfMs } = delivery.manifest
    if (config.maxAgeDays !== undefined && deps.now() - asOfMs > config.maxAgeDays * DAY_MS) {
      throw contractBroken('the newest usable delivery is too old')
    }
    return delivery
  }
  return {
    async fetch(lookup: Lookup, signal): Promise<SourceAnswer> {
      return orTimedOut(answer(lookup, signal), signal, 'reading the delivery')
    },
    async probe(signal) {
      await orTimedOut(usable(), signal, 'reading the delivery')
    },
    close: async () => undefined,
  }

  async function answer({ inputs: given, fields }: Lookup, signal: AbortSignal): Promise<SourceAnswer> {
    const delivery = await usable()
    const keys: Record<string, string> = {}
    for (const [input, column] of inputs) {
      const value = given[input]
      if (value !== undefined) keys[column] = value
    }
    if (keys[inputs[0]?.[1] ?? ''] === undefined) throw contractBroken('the input that rows are found by is missing')
    const names = reader.sourceNames(fields)
    const lacking = fields.filter((_field, at) => !delivery.columns.includes(names[at] ?? ''))
    if (lacking.length > 0) throw contractBroken(`the data file has no column for ${lacking.join(', ')}`)
    const rows = await delivery.find(keys, signal)
    const records = rows.map((row) => reader.read(rowObject(delivery.columns, row), fields))
    return { records, asOfMs: delivery.manifest.asOfMs }
  }
}

/** An empty cell is no value: CSV cannot tell one from the other. */
function rowObject(columns: readonly string[], row: readonly string[]): Record<string, unknown> {
  const object: Record<string, unknown> = Object.create(null)
  columns.forEach((name, at) => {
    object[name] = row[at] === '' ? null : row[at]
  })
  return object
}
