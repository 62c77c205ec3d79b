import type { Subject } from '../exchange.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import { subjectKey } from '../requests/subjects.ts'
import type { AccessLine } from './accesses.ts'

/**
 * The fields of a record that are about this subject, and not about others named in the same request.
 *
 * The record says who stood in which role only as commitments; with the record's salt and the identifier in hand they
 * can be told apart, and with neither they cannot.
 */
export function ownFields(line: AccessLine, subject: Subject, crypto: CryptoProvider): string[] {
  const roles = ownRoles(line, subject, crypto)
  return line.fields.filter((name) => {
    const colon = name.indexOf(':')
    return colon < 0 ? line.isSubject : roles.has(name.slice(0, colon))
  })
}

function ownRoles({ entry, salt }: AccessLine, subject: Subject, crypto: CryptoProvider): Set<string> {
  const { parties } = JSON.parse(entry.toString('utf8')) as { parties?: Record<string, { commitment?: string }> | null }
  const own = crypto.mac('SHA-256', { id: 'salt', bytes: salt }, subjectKey(subject)).toString('base64url')
  return new Set(
    Object.entries(parties ?? {})
      .filter(([, { commitment }]) => commitment === own)
      .map(([role]) => role),
  )
}
