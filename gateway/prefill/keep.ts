import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import type { Merge } from './answer.ts'
import { nameBehind } from './fill-form.ts'
import { keptRows, valuesDigest } from './kept-values.ts'
import { isFilled } from './rates.ts'
import { createReading } from './reading.ts'
import type { PrefillEnd } from './run-prefill.ts'
import type { KeptPrefill, MaterialNote, PrefillRow, PrefillStore } from './types.ts'
import { MAIN } from './wanted.ts'

/** How long a form may lie between filling and acceptance. */
const KEPT_MS = 90 * 24 * 3_600_000

export interface KeepDeps {
  crypto: CryptoProvider
  sealKey: SecretKey
  store: PrefillStore
  now: () => number
}

/** What is kept of a prefill: bearers and notes sealed, values as salted digests only. */
export interface Kept {
  keep(end: PrefillEnd): Promise<MaterialNote[]>
  /** Errors: `request.unknown-resource`, also for another system's and for what has run out: they look alike. */
  open(id: string, system: string): Promise<{ kept: KeptPrefill; row: PrefillRow }>
  digest(salt: string, name: string, values: readonly unknown[]): string
}

export function createKept({ crypto, sealKey, store, now }: KeepDeps): Kept {
  const digest: Kept['digest'] = (salt, name, values) =>
    crypto
      .mac('SHA-256', { id: 'salt', bytes: Buffer.from(salt, 'base64url') }, `${name} ${JSON.stringify(values)}`)
      .toString('base64url')
  return {
    digest,
    async keep(end) {
      const salt = crypto.random(32).toString('base64url')
      const materials = notesOf(end)
      const kept: KeptPrefill = { request: end.request, salt, ...valuesKept(end, salt, digest), materials }
      const nowMs = now()
      await store.put({
        id: end.prefillId,
        system: end.known.sender.system.id,
        createdAtMs: nowMs,
        expiresAtMs: nowMs + KEPT_MS,
        sealed: crypto.seal('A256GCM', sealKey, Buffer.from(JSON.stringify(kept)), `prefill:${end.prefillId}`),
      })
      return materials
    },
    async open(id, system) {
      const row = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? await store.find(id) : undefined
      if (row === undefined || row.system !== system || row.expiresAtMs <= now())
        throw new ExchangeError('request.unknown-resource', 'no such prefill of this system')
      const kept = JSON.parse(
        crypto.open('A256GCM', sealKey, row.sealed, `prefill:${row.id}`).toString('utf8'),
      ) as KeptPrefill
      return { kept, row }
    },
  }
}

function valuesKept(end: PrefillEnd, salt: string, digest: Kept['digest']): Pick<KeptPrefill, 'fields' | 'rows'> {
  const salted = (name: string, values: readonly unknown[]) => digest(salt, name, values)
  const forms = end.forms.map((form) => {
    const read = createReading(form.ends)
    const item = form.task.item.id
    const fields = form.fields.filter(isFilled).map(({ id, role, source }) => {
      const name = nameBehind(source!, role)
      return { item, id, role, name, digest: valuesDigest(name, read(name), salted) }
    })
    const names = fields.map(({ name }) => name)
    return { fields, rows: keptRows(item, names, read, salted) }
  })
  return { fields: forms.flatMap(({ fields }) => fields), rows: forms.flatMap(({ rows }) => rows) }
}

function notesOf(end: PrefillEnd): MaterialNote[] {
  return end.forms.flatMap(({ task, materials }) =>
    materials.flatMap(({ note, role }) => {
      const exchange = end.exchanges.find((each) => each.item === task.item.id && each.role === role)
      if (note === null || exchange === undefined) return []
      return [{ ...note, exchangeId: exchange.exchangeId, index: String(exchange.index) }]
    }),
  )
}

/** The things of a bundle that are asked once, with the roles their bearers have in each item; `null` for one item. */
export function mergesOf(catalog: Catalog, bundleId: string | undefined): Merge[] | null {
  if (bundleId === undefined) return null
  const bundle = catalog.bundles.get(bundleId)
  return (bundle?.merge ?? []).map(({ element, name, role = MAIN, items }) => {
    const plays =
      bundle?.roles?.find(({ id }) => id === role)?.plays ?? bundle?.items.map(({ item }) => ({ item, role })) ?? []
    return { element, name, role, fields: plays.filter(({ item }) => items === undefined || items.includes(item)) }
  })
}
