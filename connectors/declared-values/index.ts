import type { IdType } from '../../gateway/catalog/types.ts'
import type {
  Connector,
  ConnectorDeps,
  ConnectorFactory,
  DeclaredOrigin,
  Lookup,
} from '../../gateway/ports/connector.ts'
import type { DeclaredValue } from '../../gateway/ports/declared-values.ts'
import { orTimedOut } from '../failures.ts'
import { configSchema, type DeclaredValuesConfig, KIND } from './config.ts'

/** Reads what applicants supplied and a department verified (最多报一次) from the gateway's own store. */
export const declaredValues: ConnectorFactory = {
  kind: KIND,
  own: true,
  configSchema,
  create: createDeclaredValues,
}

function createDeclaredValues({ idType }: DeclaredValuesConfig, deps: ConnectorDeps): Connector {
  const { datasetId, inputs: declared, own, now } = deps
  if (own === undefined) throw new Error('declared values are kept by a gateway, and there is none here')
  if (!declared.includes('id')) throw new Error('the dataset has no input `id`')
  if (idType === undefined && !declared.includes('idType')) throw new Error('neither an input `idType` nor `idType`')
  const store = own.declared

  return {
    async fetch({ subjectType, inputs, fields }: Lookup, signal) {
      const nowMs = now()
      const subject = { type: subjectType, idType: (idType ?? inputs.idType) as IdType, id: inputs.id! }
      const reading = signal.aborted ? Promise.resolve([]) : store.inForce(datasetId, subject, fields, nowMs)
      const found = await orTimedOut(reading, signal, 'declared values were not read in time')
      if (found.length === 0) return { records: [], asOfMs: nowMs }
      const values = new Map(found.map(({ field, value }) => [field, value]))
      return {
        records: [Object.fromEntries(fields.map((field) => [field, values.get(field) ?? null]))],
        // Of several verifications the oldest: the whole answer is no fresher than that.
        asOfMs: Math.min(...found.map(({ declaration }) => declaration.verifiedAtMs)),
        declared: originsOf(found),
        goodUntilMs: Math.min(...found.map(({ declaration }) => endOf(declaration.validUntil))),
      }
    },
    probe: (signal) => orTimedOut(store.probe(), signal, 'declared values did not answer'),
    close: async () => undefined,
  }
}

/** One line per declaration, in the order of their fields. */
function originsOf(found: readonly DeclaredValue[]): DeclaredOrigin[] {
  const origins = new Map<string, DeclaredOrigin>()
  for (const { field, declaration } of found) {
    const { exchange, by, declaredAtMs, verifiedAtMs, method, validUntil } = declaration
    const known = origins.get(exchange)
    if (known !== undefined) known.fields.push(field)
    else
      origins.set(exchange, {
        fields: [field],
        by,
        declaredAt: new Date(declaredAtMs).toISOString(),
        verifiedAt: new Date(verifiedAtMs).toISOString(),
        method,
        validUntil,
        exchange,
      })
  }
  return [...origins.values()]
}

/** The moment a day ends in China. */
const endOf = (day: string): number =>
  Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00+08:00`) + 86_400_000
