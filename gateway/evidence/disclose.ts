import { hash } from 'node:crypto'
import { parseCompactJws } from '../jose/compact-jws.ts'
import { applyDisclosures, parsePayload, splitSdJwt } from './disclosures.ts'

/**
 * The same evidence with only the chosen values shown, for the holder to hand on; the others stay hidden behind their digests.
 *
 * Shape:  `select` is asked once per disclosed value, with its path as `verifyEvidence` gives it.
 * Errors: `SdJwtError` or `JwsFormatError` for a text that is no evidence. The signature is not checked: the next reader does that.
 * Source: RFC 9901 §7.2.
 */
export function disclose(compact: string, select: (path: string[]) => boolean): string {
  const { issuerJwt, disclosures } = splitSdJwt(compact)
  const { payloadBytes } = parseCompactJws(Buffer.from(issuerJwt, 'utf8'))
  const digest = (disclosure: string) => hash('sha256', disclosure, 'base64url')
  const { disclosed } = applyDisclosures(parsePayload(payloadBytes), disclosures, digest)

  const kept = new Set<string>()
  for (const { path, encoded, within } of disclosed) {
    // A value inside a hidden value has no place to stand; outer ones come first.
    if ((within === null || kept.has(within)) && select(path)) kept.add(encoded)
  }
  return [issuerJwt, ...disclosures.filter((disclosure) => kept.has(disclosure)), ''].join('~')
}
