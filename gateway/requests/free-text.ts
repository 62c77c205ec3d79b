import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { ExchangeRequest, Subject } from '../exchange.ts'
import { containsPersonalIdentifier } from '../identifiers/index.ts'

/**
 * Refuses a request whose free text holds a well-formed personal identifier as a whole token: such text is recorded in
 * clear, and the record must stay free of identifiers (invariant 4). `case` alone may look like anything, short of
 * naming the very people the request is about.
 *
 * Errors: `request.malformed` naming the member, never the text.
 */
export function assertNoIdentifierInFreeText(request: ExchangeRequest): void {
  const { operator, subject, parties = {} } = request
  const texts: [pointer: string, text: string | undefined][] = [
    ['/purpose', request.purpose],
    ['/scenario', request.scenario],
    ['/item', request.item],
    ['/application', request.application],
    ['/jti', request.jti],
    ['/onBehalfOf', request.onBehalfOf],
    ['/operator/id', operator?.id],
    ['/operator/name', operator?.name],
    ['/operator/unit', operator?.unit],
    ['/subject/name', subject.name],
    ...Object.entries(parties).flatMap(([role, party]): [string, string | undefined][] => [
      ['/parties', role],
      ['/parties/*/name', party.name],
    ]),
  ]
  const reasons = texts
    .filter(([, text]) => text !== undefined && containsPersonalIdentifier(text))
    .map(([pointer]) => identifierAt(pointer))
  if (request.case !== undefined && namesAnyone(request.case, [subject, ...Object.values(parties)]))
    reasons.push(identifierAt('/case'))
  if (reasons.length > 0) throw new ExchangeError('request.malformed', 'free text holds an identifier', { reasons })
}

function namesAnyone(text: string, people: Subject[]): boolean {
  return people.some(({ id }) => id.length >= 8 && text.toUpperCase().includes(id.trim().toUpperCase()))
}

function identifierAt(pointer: string): Reason {
  return {
    rule: 'identifier-in-text',
    pointer,
    zh: '自由文本中含有个人身份标识，请移入 subject 或 parties',
    en: 'free text holds a personal identifier; move it into subject or parties',
  }
}
