import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { ExchangeRequest } from '../exchange.ts'
import { containsPersonalIdentifier } from '../identifiers/index.ts'

type Text = [pointer: string, text: string | undefined]

/**
 * Refuses a request whose free text holds a well-formed personal identifier as a whole token: such text is recorded in
 * clear or named in an answer, and both must stay free of identifiers (invariant 4). Names the caller invents (roles,
 * keys, fields) are free text too. `case` alone may look like anything, short of naming the very people the request is
 * about, which none of the recorded texts may do, in whatever form.
 *
 * Errors: `request.malformed` naming the member, never the text.
 */
export function assertNoIdentifierInFreeText(request: ExchangeRequest): void {
  const recorded = recordedTexts(request)
  const reasons = [...recorded, ...otherTexts(request)]
    .filter(([pointer, text]) => pointer !== '/case' && text !== undefined && containsPersonalIdentifier(text))
    .map(([pointer]) => identifierAt(pointer))
  const people = namesOfPeople(request)
  for (const [pointer, text] of recorded) {
    if (text !== undefined && people.some((name) => plain(text).includes(name))) reasons.push(identifierAt(pointer))
  }
  if (reasons.length > 0) throw new ExchangeError('request.malformed', 'free text holds an identifier', { reasons })
}

/** What the record keeps in clear. */
function recordedTexts({ purpose, application, jti, parties = {}, ...request }: ExchangeRequest): Text[] {
  return [
    ['/purpose', purpose],
    ['/case', request.case],
    ['/application', application],
    ['/jti', jti],
    ...Object.keys(parties).map((role): Text => ['/parties', role]),
  ]
}

function otherTexts({ operator, subject, parties = {}, ...request }: ExchangeRequest): Text[] {
  return [
    ['/scenario', request.scenario],
    ['/item', request.item],
    ['/onBehalfOf', request.onBehalfOf],
    ['/operator/id', operator?.id],
    ['/operator/name', operator?.name],
    ['/operator/unit', operator?.unit],
    ['/subject/name', subject.name],
    ...Object.values(parties).map(({ name }): Text => ['/parties/*/name', name]),
    ...(request.fields ?? []).map((name): Text => ['/fields', name]),
    ...Object.keys(request.claims ?? {}).map((name): Text => ['/claims', name]),
    ...Object.keys(request.keys ?? {}).map((name): Text => ['/keys', name]),
  ]
}

/** Shorter ones stand in texts by chance: a two-character name in a purpose, a plate's tail in a case number. */
const SHORTEST = { id: 8, name: 3 }

function namesOfPeople({ subject, parties = {} }: ExchangeRequest): string[] {
  return [subject, ...Object.values(parties)].flatMap(({ id, name = '' }) => [
    ...(plain(id).length >= SHORTEST.id ? [plain(id)] : []),
    ...(plain(name).length >= SHORTEST.name ? [plain(name)] : []),
  ])
}

/** One form for full-width, grouped and invisible spellings. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\s\p{Cf}\p{Pd}]/gu, '')
    .toUpperCase()

function identifierAt(pointer: string): Reason {
  return {
    rule: 'identifier-in-text',
    pointer,
    zh: '自由文本中含有个人身份标识，请移入 subject 或 parties',
    en: 'free text holds a personal identifier; move it into subject or parties',
  }
}
