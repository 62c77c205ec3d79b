import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { policyVersionText } from '../../policies/engine/policy-set.ts'
import { KINDS } from '../catalog/kinds.ts'
import type { Catalog } from '../catalog/types.ts'
import type { EvidenceStore } from './types.ts'

/** The text whose SHA-256 is the catalogue's version (see `loadCatalog`). */
export function catalogVersionText(catalog: Catalog): string {
  const maps: Record<string, ReadonlyMap<string, unknown>> = { ...catalog, 'code-lists': catalog.codeLists } as never
  return canonicalize(Object.fromEntries(KINDS.map((kind) => [kind, [...maps[kind]!.values()]])))!
}

export const versionOfText = (text: string): string => createHash('sha256').update(text).digest('base64url')

/**
 * Keeps the catalogue and the policies a gateway starts with, under their versions, so that a record made today can
 * still be read against them when both have moved on.
 *
 * Errors: a text that does not digest to its version is a fault of the programme and is not kept.
 */
export async function keepPublishedVersions(
  store: Pick<EvidenceStore, 'keepVersion'>,
  catalog: Catalog,
  policies: { version: string; schemaText: string; policyText: string },
): Promise<void> {
  const texts = [
    ['catalog', catalog.version, catalogVersionText(catalog)],
    ['policy', policies.version, policyVersionText(policies)],
  ] as const
  for (const [kind, version, text] of texts) {
    if (versionOfText(text) !== version) throw new Error(`the text of the ${kind} does not digest to its version`)
    await store.keepVersion(kind, version, text)
  }
}
