import { resolveField } from '../catalog/field-ref.ts'
import type { FormEntry } from '../catalog/further-types.ts'
import type { ItemEntry, MemberEntry } from '../catalog/types.ts'
import type { Authenticated, ExchangeRequest, Identified, RequestedField, Subject } from '../exchange.ts'
import { assertMembersPresent, inputsOf } from '../stages/inputs.ts'
import type { PrefillRequest } from './types.ts'
import { type Choice, choicesOf, MAIN, roleOf } from './wanted.ts'

/** One item's form with its bearers, and the department whose grants decide. */
export interface FormTask {
  item: ItemEntry
  form: FormEntry
  scenario: string
  purpose: string
  /** `null`: the caller may not act for the item's department; the whole form is the applicant's. */
  acting: MemberEntry | null
  /** By the form's own role names. */
  subjects: Record<string, Subject>
  applicant: string | undefined
  answers: Record<string, string>
}

/** One exchange of a prefill: one form, one bearer. */
export interface Leg {
  task: FormTask
  role: string
  identified: Identified
  /** Alternatives still to be chosen from by what is granted. */
  choices: Choice[]
}

export interface LegContext {
  authenticated: Authenticated
  request: PrefillRequest
  requestId: Identified['requestId']
  newId: () => string
}

/**
 * The exchanges a form needs: one per bearer that any of its data is about. The main bearer always has one, so that
 * every prefill is recorded.
 */
export function legsOf(task: FormTask, context: LegContext): Leg[] {
  const { catalog } = context.authenticated
  const choices = choicesOf(catalog, task.form, task.answers)
  return Object.keys(task.subjects)
    .toSorted((a, b) => Number(b === MAIN) - Number(a === MAIN))
    .flatMap((role) => {
      const own = choices
        .map((choice) => choice.map((names) => names.filter((name) => roleOf(name) === role)))
        .map((choice) => choice.filter((names) => names.length > 0))
        .filter((choice) => choice.length > 0)
      return own.length === 0 && role !== MAIN ? [] : [legOf(task, role, own, context)]
    })
}

/** The exchange that reads, for one bearer, what is granted of these choices. */
export function legOf(task: FormTask, role: string, choices: Choice[], context: LegContext): Leg {
  const { authenticated, request } = context
  const names = [...new Set(choices.flat(2))]
  const fields = names.flatMap((name): RequestedField[] => {
    const resolved = resolveField(authenticated.catalog, name)
    return resolved.ok ? [resolved.field] : []
  })
  const identified: Identified = {
    ...authenticated,
    exchangeId: context.newId(),
    received: { ...authenticated.received, op: 'prefill' },
    requestId: context.requestId,
    acting: task.acting ?? authenticated.sender.member,
    fields,
    request: requestOf(task, role, fields, request),
  }
  return {
    task,
    role,
    choices,
    identified: { ...identified, fields: fields.filter((each) => usable(identified, each)) },
  }
}

function requestOf(task: FormTask, role: string, fields: RequestedField[], request: PrefillRequest): ExchangeRequest {
  const parties = Object.fromEntries(
    [...(role === MAIN ? [] : [role]), ...namedParties(task, fields)].flatMap((party) =>
      Object.hasOwn(task.subjects, party) && party !== MAIN ? [[party, task.subjects[party]!]] : [],
    ),
  )
  return {
    jti: request.jti,
    scenario: task.scenario,
    item: task.item.id,
    purpose: task.purpose,
    subject: task.subjects[role]!,
    ...(request.case !== undefined && { case: request.case }),
    ...(request.application !== undefined && { application: request.application }),
    ...(request.operator !== undefined && { operator: request.operator }),
    ...(request.keys !== undefined && { keys: request.keys }),
    ...(request.maxAgeSeconds !== undefined && { maxAgeSeconds: request.maxAgeSeconds }),
    ...(Object.keys(parties).length > 0 && { parties }),
  }
}

/** Others this bearer's sources must be told of, and those whose relation to the bearer is checked here. */
function namedParties({ form }: FormTask, fields: RequestedField[]): string[] {
  const inputs = fields.flatMap(({ dataset }) => dataset.inputs.map(({ from }) => from.split('.')))
  const checked = (form.roles ?? []).flatMap(({ id, relation }) =>
    (relation ?? []).some((check) => 'id' in check && fields.some(({ name }) => name === check.field)) ? [id] : [],
  )
  return [
    ...inputs.flatMap(([origin, party]) => (origin === 'party' && party !== undefined ? [party] : [])),
    ...checked,
  ]
}

/** A source that cannot be asked with what the request holds is not asked; its fields are the applicant's. */
function usable(identified: Identified, field: RequestedField): boolean {
  const { request } = identified
  const { dataset, role } = field
  const bearer = role === null ? request.subject : request.parties?.[role]
  if (bearer === undefined || !dataset.subjectTypes.includes(bearer.type) || !dataset.idTypes.includes(bearer.idType))
    return false
  if (inputsOf(request, role, dataset).missing.length > 0) return false
  try {
    assertMembersPresent({ request, fields: [field] })
    return true
  } catch {
    return false
  }
}
