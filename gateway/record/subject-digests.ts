import { neighbourhoodOf } from '../audit/neighbourhood.ts'
import type { ExchangeRequest, Subject } from '../exchange.ts'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import { subjectKey } from '../requests/subjects.ts'

/** Keyed digests under which subjects and operators are searched (R57), and by which a question is known again. */
export interface SubjectDigests {
  /** `<key id>:<base64url HMAC-SHA-256>` of type, kind of identifier and normal form. */
  of(subject: Subject): string
  ofOperator(systemId: string, operatorId: string): string
  /** 32 bits of the same, for what neighbouring numbers share; `null` where neighbours mean nothing. */
  ofNeighbourhood(subject: Subject): string | null
  /** Of all that makes two requests ask the same: not their ids, the clerk who asks, or how fresh an answer they want. */
  ofQuestion(mode: string, request: ExchangeRequest): string
}

/** The key is another than the cache's, and has a number, so that it can be changed and old digests still searched. */
export function createSubjectDigests(crypto: CryptoProvider, key: SecretKey): SubjectDigests {
  const digest = (text: string): string => `${key.id}:${crypto.mac('SHA-256', key, text).toString('base64url')}`
  const inOrder = (object: Readonly<Record<string, unknown>> = {}): [string, unknown][] =>
    Object.keys(object)
      .sort()
      .map((name) => [name, object[name]])
  // A name too: sources compare it, and another name is another guess.
  const whom = (subject: Subject): unknown[] => [subjectKey(subject), subject.name ?? null]
  return {
    of: (subject) => digest(subjectKey(subject)),
    ofOperator: (systemId, operatorId) => digest(`operator:${systemId}:${operatorId}`),
    ofNeighbourhood(subject) {
      const shared = neighbourhoodOf(subject)
      const mac = (text: string): string => crypto.mac('SHA-256', key, text).subarray(0, 4).toString('base64url')
      return shared === null ? null : `${key.id}:${mac(`neighbourhood:${shared}`)}`
    },
    ofQuestion(mode, { scenario, item, case: caseNo, application, purpose, onBehalfOf, ...asked }) {
      const why = [mode, scenario, item, caseNo, application, purpose, onBehalfOf].map((part) => part ?? null)
      const parties = inOrder(asked.parties).map(([role, party]) => [role, whom(party as Subject)])
      const what = [asked.fields?.toSorted() ?? null, inOrder(asked.keys), inOrder(asked.claims)]
      return digest(`question:${JSON.stringify([why, whom(asked.subject), parties, what])}`)
    },
  }
}
