import { NOTE_KEY_TYPES, type NoteKey, parseVkey } from './note-key.ts'

export interface PolicyMember {
  key: NoteKey
  url: string | null
}

/** Which logs are trusted, and who must have cosigned their checkpoints. */
export interface LogPolicy {
  logs: PolicyMember[]
  witnesses: PolicyMember[]
  /** Whether these keys' cosignatures suffice. */
  isSatisfiedBy(cosigners: readonly NoteKey[]): boolean
}

/** A policy text that cannot be used; names the line. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
}

type Rule = (cosigned: (key: NoteKey) => boolean) => boolean

/**
 * Reads the text form: lines `log <vkey> [<url>]`, `witness <name> <vkey> [<url>]`, `group <name> all|any|<k> <name>…`
 * and one `quorum <name>|none`; `#` begins a comment. Names are defined before they are used, so groups make no circle,
 * and each is a member at most once, so no witness counts twice.
 *
 * Errors: `PolicyError`.
 * Source: C2SP tlog-policy.
 */
export function parsePolicy(text: string): LogPolicy {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) throw new PolicyError('the policy holds control characters')
  const logs: PolicyMember[] = []
  const witnesses: PolicyMember[] = []
  const rules = new Map<string, Rule>()
  const members = new Set<string>()
  let quorum: Rule | undefined

  const define = (name: string | undefined, rule: Rule, fail: (why: string) => never): void => {
    if (name === undefined || name === 'none' || rules.has(name)) fail('the name is missing, reserved or taken')
    else rules.set(name, rule)
  }
  text.split('\n').forEach((line, place) => {
    const fail = (why: string): never => {
      throw new PolicyError(`line ${place + 1}: ${why}`)
    }
    const [word, ...rest] = line.split(/[ \t]+/).filter(Boolean)
    if (word === undefined || word.startsWith('#')) return
    if (word === 'log') {
      if (rest.length < 1 || rest.length > 2) fail('`log` takes a vkey and perhaps an address')
      addKey(logs, rest[0]!, rest[1], NOTE_KEY_TYPES.ed25519, fail)
    } else if (word === 'witness') {
      if (rest.length < 2 || rest.length > 3) fail('`witness` takes a name, a vkey and perhaps an address')
      const key = addKey(witnesses, rest[1]!, rest[2], NOTE_KEY_TYPES.cosignature, fail)
      define(rest[0], (cosigned) => cosigned(key), fail)
    } else if (word === 'group') {
      const [name, threshold = '', ...names] = rest
      const parts = names.map((each) => rules.get(each) ?? fail(`\`${each}\` is not defined above`))
      for (const each of names) {
        if (members.has(each)) fail(`\`${each}\` is a member already`)
        members.add(each)
      }
      const needed = threshold === 'all' ? parts.length : threshold === 'any' ? 1 : Number(threshold)
      const numeric = /^(all|any|[1-9]\d*)$/.test(threshold)
      if (!numeric || needed > parts.length || parts.length === 0) fail('the threshold does not fit the members')
      define(name, (cosigned) => parts.filter((part) => part(cosigned)).length >= needed, fail)
    } else if (word === 'quorum') {
      if (quorum !== undefined || rest.length !== 1) fail('there must be exactly one quorum')
      quorum = rest[0] === 'none' ? () => true : (rules.get(rest[0]!) ?? fail(`\`${rest[0]}\` is not defined above`))
    } else fail(`\`${word}\` is not known`)
  })
  const rule = quorum
  if (rule === undefined) throw new PolicyError('there is no quorum')
  return {
    logs,
    witnesses,
    isSatisfiedBy: (cosigners) => rule((key) => cosigners.some(({ material }) => material.equals(key.material))),
  }
}

function addKey(
  list: PolicyMember[],
  vkey: string,
  url: string | undefined,
  type: number,
  fail: (why: string) => never,
): NoteKey {
  const key = readKey(vkey) ?? fail('not a vkey')
  if (key.type !== type) fail('the key is of another type')
  if (list.some((known) => known.key.material.equals(key.material))) fail('the key is listed already')
  list.push({ key, url: url ?? null })
  return key
}

function readKey(vkey: string): NoteKey | undefined {
  try {
    return parseVkey(vkey)
  } catch {
    return undefined
  }
}
