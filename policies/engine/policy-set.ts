import { createHash } from 'node:crypto'
import './wasm-calls.ts'
import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import type { CedarCall } from './cedar-call.ts'

/** Raised when what the engine adds around Cedar changes meaning, so that records tell the versions apart. */
const ENGINE_RULES = 'guanyi-engine-1'

/** The text whose SHA-256 is the version of a policy set; kept with it, so that anybody can digest it again. */
export const policyVersionText = ({ schemaText, policyText }: { schemaText: string; policyText: string }): string =>
  JSON.stringify([ENGINE_RULES, schemaText, policyText])

/** A policy set that cannot be trusted: the gateway does not start with it. */
export class PolicySetError extends Error {
  override readonly name = 'PolicySetError'
  constructor(readonly findings: readonly string[]) {
    super(`policy set refused: ${findings.join('; ')}`)
  }
}

/** What a policy says about itself, from its annotations. */
export interface PolicyText {
  id: string
  effect: 'permit' | 'forbid'
  zh: string
  en: string
  next?: { zh: string; en: string }
  /** Member of the context that holds the fields which made it fire. */
  fields?: string
  /** True when it is about one grant and not about the request as a whole. */
  aboutGrant: boolean
}

/** What Cedar said about one candidate. `policies` are the determining ones: permits of an allow, forbids of a deny. */
export type Verdict = { allow: boolean; policies: string[] } | Fault

/** No verdict: the policies that raised an error, or none where request or grant could not even be read. */
export interface Fault {
  faulty: string[]
}

export interface PolicySet {
  /** SHA-256 of schema, policies and engine rules, base64url. */
  readonly version: string
  readonly texts: ReadonlyMap<string, PolicyText>
  /** Never throws; an evaluation error of any policy is a fault, because Cedar skips a forbid that errors. */
  evaluate(call: CedarCall): Verdict
}

/**
 * Parses, checks and loads a policy set.
 *
 * Errors: `PolicySetError` with every finding: anything the validator reports, warnings included; templates; a policy
 *         without `@id`, `@reason`, `@reason_en`; an id used twice.
 */
export function loadPolicySet({ schemaText, policyText }: { schemaText: string; policyText: string }): PolicySet {
  const { policies, texts } = readPolicies(policyText)
  validatePolicies(schemaText, policies)
  const version = createHash('sha256').update(policyVersionText({ schemaText, policyText })).digest('base64url')
  const source = { version, policies }
  occupySlot(source)
  return { version, texts, evaluate: (call) => evaluate(source, call) }
}

function readPolicies(policyText: string) {
  const parts = cedar.policySetTextToParts(policyText)
  if (parts.type === 'failure') throw new PolicySetError(parts.errors.map(({ message }) => message))
  const findings = parts.policy_templates.map(() => 'templates are not used here: grants are entities')
  const policies: Record<string, string> = {}
  const texts = new Map<string, PolicyText>()
  for (const text of parts.policies) {
    const parsed = cedar.policyToJson(text)
    if (parsed.type === 'failure') {
      findings.push(...parsed.errors.map(({ message }) => message))
      continue
    }
    const { id, reason, reason_en, next, next_en, fields, about } = parsed.json.annotations ?? {}
    if (!id || !reason || !reason_en) findings.push(`policy \`${id ?? '?'}\` lacks @id, @reason or @reason_en`)
    else if (texts.has(id)) findings.push(`policy id \`${id}\` is used twice`)
    else {
      policies[id] = text
      texts.set(id, {
        id,
        effect: parsed.json.effect,
        zh: reason,
        en: reason_en,
        ...(next && next_en ? { next: { zh: next, en: next_en } } : {}),
        ...(fields ? { fields } : {}),
        aboutGrant: about === 'grant',
      })
    }
  }
  if (findings.length > 0) throw new PolicySetError(findings)
  return { policies, texts }
}

function validatePolicies(schema: string, policies: Record<string, string>): void {
  const answer = cedar.validate({ schema, policies: { staticPolicies: policies } })
  if (answer.type === 'failure') throw new PolicySetError(answer.errors.map(({ message }) => message))
  const findings = [
    ...answer.validationErrors.map(({ error }) => error.message),
    ...answer.validationWarnings.map(({ error }) => error.message),
    ...answer.otherWarnings.map(({ message }) => message),
  ]
  if (findings.length > 0) throw new PolicySetError(findings)
}

interface PolicySource {
  version: string
  policies: Record<string, string>
}

/**
 * Preparsed sets live in a map inside the wasm memory from which nothing can be removed (measured: 36 kB per id kept
 * for ever). So ids are a fixed ring of slots: overwriting one costs nothing, and whoever lost its slot takes another.
 */
const SLOTS = 8
const slots: { version: string | null }[] = Array.from({ length: SLOTS }, () => ({ version: null }))
const slotOf = new Map<string, number>()
let nextSlot = 0

function occupySlot(source: PolicySource): string {
  const held = slotOf.get(source.version)
  if (held !== undefined) return `guanyi-${held}`
  const number = nextSlot
  nextSlot = (nextSlot + 1) % SLOTS
  const slot = slots[number]!
  // Freed first: a failed preparse leaves the former set active under this id, and nobody may then find it there.
  if (slot.version !== null) slotOf.delete(slot.version)
  slot.version = null
  const name = `guanyi-${number}`
  const answer = cedar.preparsePolicySet(name, { staticPolicies: source.policies })
  if (answer.type === 'failure') throw new PolicySetError(answer.errors.map(({ message }) => message))
  slot.version = source.version
  slotOf.set(source.version, number)
  return name
}

function evaluate(source: PolicySource, call: CedarCall): Verdict {
  try {
    const name = occupySlot(source)
    // Without the schema: checking every grant against it costs a third of a decision and adds no safety, since a value of
    // another type makes the policy that reads it err, and an error closes the door.
    const answer = cedar.statefulIsAuthorized({ ...call, preparsedPolicySetId: name })
    if (answer.type === 'failure') return { faulty: [] }
    const { decision, diagnostics } = answer.response
    // Cedar skips a forbid that errs and may answer allow: that answer is not taken.
    if (diagnostics.errors.length > 0) return { faulty: diagnostics.errors.map(({ policyId }) => policyId).toSorted() }
    return { allow: decision === 'allow', policies: diagnostics.reason.toSorted() } // Cedar gives them in no order
  } catch {
    return { faulty: [] }
  }
}
