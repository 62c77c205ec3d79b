import { neighbourhoodOf } from '../audit/neighbourhood.ts'
import type { Subject } from '../exchange.ts'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import { subjectKey } from '../requests/subjects.ts'

/** Keyed digests under which subjects and operators are searched (R57). */
export interface SubjectDigests {
  /** `<key id>:<base64url HMAC-SHA-256>` of type, kind of identifier and normal form. */
  of(subject: Subject): string
  ofOperator(systemId: string, operatorId: string): string
  /** 32 bits of the same, for what neighbouring numbers share; `null` where neighbours mean nothing. */
  ofNeighbourhood(subject: Subject): string | null
}

/** The key is another than the cache's, and has a number, so that it can be changed and old digests still searched. */
export function createSubjectDigests(crypto: CryptoProvider, key: SecretKey): SubjectDigests {
  const digest = (text: string): string => `${key.id}:${crypto.mac('SHA-256', key, text).toString('base64url')}`
  return {
    of: (subject) => digest(subjectKey(subject)),
    ofOperator: (systemId, operatorId) => digest(`operator:${systemId}:${operatorId}`),
    ofNeighbourhood(subject) {
      const shared = neighbourhoodOf(subject)
      const mac = (text: string): string => crypto.mac('SHA-256', key, text).subarray(0, 4).toString('base64url')
      return shared === null ? null : `${key.id}:${mac(`neighbourhood:${shared}`)}`
    },
  }
}
