import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { policyVersionText } from '../../policies/engine/policy-set.ts'
import { type CatalogOptions, examineCatalog } from '../catalog/check.ts'
import { KINDS, keyMember } from '../catalog/kinds.ts'
import { compareIds } from '../catalog/load.ts'
import type { EvidenceStore } from './types.ts'

export interface VersionText {
  version: string
  text: string
}

/**
 * The text whose SHA-256 is the catalogue's version (see `loadCatalog`), read from the files again: what is loaded may
 * have been expanded since.
 */
export async function readCatalogText(dir: string, options: CatalogOptions = {}): Promise<VersionText> {
  const { entries } = await examineCatalog(dir, options)
  const content = KINDS.map((kind) => {
    const id = (entry: object): string => (entry as Record<string, string>)[keyMember(kind)]!
    const ofKind = entries.filter((placed) => placed.kind === kind).map(({ entry }) => entry)
    return [kind, ofKind.sort((a, b) => compareIds(id(a), id(b)))] as const
  })
  const text = canonicalize(Object.fromEntries(content))!
  return { version: versionOfText(text), text }
}

export const policyText = (texts: { schemaText: string; policyText: string }): VersionText => {
  const text = policyVersionText(texts)
  return { version: versionOfText(text), text }
}

export const versionOfText = (text: string): string => createHash('sha256').update(text).digest('base64url')

/**
 * Keeps the catalogue and the policies a gateway starts with, under their versions, so that a record made today can
 * still be read against them when both have moved on.
 *
 * Errors: when a text is not the one in force (`versions`): the files were changed while the gateway started, or the
 *         programme is at fault. Nothing is kept then.
 */
export async function keepPublishedVersions(
  store: Pick<EvidenceStore, 'keepVersion'>,
  texts: { catalog: VersionText; policy: VersionText },
  versions: { catalog: string; policy: string },
): Promise<void> {
  for (const kind of ['catalog', 'policy'] as const) {
    if (texts[kind].version !== versions[kind])
      throw new Error(`the text of the ${kind} is not of the version in force`)
  }
  for (const kind of ['catalog', 'policy'] as const)
    await store.keepVersion(kind, texts[kind].version, texts[kind].text)
}
