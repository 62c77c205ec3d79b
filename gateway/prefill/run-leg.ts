import { ExchangeError } from '../errors/exchange-error.ts'
import type { Authorised, Fetched, Identified, RequestedField, Shaped } from '../exchange.ts'
import type { Connector } from '../ports/connector.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import type { Stages } from '../run-exchange.ts'
import type { Leg } from './leg.ts'

export interface RunLegDeps {
  grants: Pick<GrantStore, 'candidates'>
  authorise: Stages['authorise']
  charge: Stages['charge']
  shape: Stages['shape']
  /** Under the prefill's deadline. */
  fetch: (authorised: Authorised) => Promise<Fetched>
}

/** How one exchange stands before anything is released. `shaped` holds values unmasked, for choosing and checking. */
export type LegEnd =
  | { leg: Leg; kind: 'answered'; authorised: Authorised; shaped: Shaped }
  | { leg: Leg; kind: 'refused'; failure: ExchangeError }

/**
 * Reads for one bearer what the grants permit of what the form wants.
 *
 * Errors: `quota.exceeded`, `record.unavailable`, `internal`; that nothing is granted or no source answers is an end, not an error.
 */
export async function runLeg(leg: Leg, deps: RunLegDeps, charged: Set<string>): Promise<LegEnd> {
  const { identified } = leg
  const refused = (failure: ExchangeError): LegEnd => ({ leg, kind: 'refused', failure })
  const granted = leg.task.acting === null ? [] : await permitted(identified, deps)
  const chosen = chosenOf(leg, granted)
  if (chosen.length === 0) return refused(nothingGranted(identified))
  try {
    const authorised = await deps.authorise({ ...identified, fields: chosen })
    const fresh = authorised.grants.filter(({ id }) => !charged.has(`${identified.exchangeId} ${id}`))
    for (const { id } of fresh) charged.add(`${identified.exchangeId} ${id}`)
    await deps.charge({ ...authorised, grants: fresh })
    const fetched = await deps.fetch(authorised)
    // Masks come last here (release): relations, situations and choices are made from what the source said.
    return { leg, kind: 'answered', authorised, shaped: await deps.shape({ ...fetched, masks: {} }) }
  } catch (thrown) {
    if (thrown instanceof ExchangeError && /^(access|grant|provider|subject)\./.test(thrown.code))
      return refused(thrown)
    throw thrown
  }
}

/** The largest part of the fields that the grants permit; each part is decided whole, by the same decision as any exchange. */
async function permitted(identified: Identified, { grants, authorise }: RunLegDeps): Promise<RequestedField[]> {
  const { acting, sender, request } = identified
  const found = await grants.candidates({ system: sender.system.id, member: acting.id, scenario: request.scenario })
  const named = new Set(
    found.grants
      .filter(({ status, modes }) => status === 'active' && modes.includes('prefill'))
      .flatMap(({ fields }) => fields),
  )
  return await narrowed(identified.fields.filter(({ name }) => named.has(name)))

  async function narrowed(fields: RequestedField[]): Promise<RequestedField[]> {
    if (fields.length === 0) return []
    try {
      await authorise({ ...identified, fields })
      return fields
    } catch (thrown) {
      if (!(thrown instanceof ExchangeError) || !/^(access|grant)\./.test(thrown.code)) throw thrown
      if (fields.length === 1) return []
      const half = fields.length >> 1
      return [...(await narrowed(fields.slice(0, half))), ...(await narrowed(fields.slice(half)))]
    }
  }
}

/** Of each thing's alternatives the first that is granted whole. */
function chosenOf({ choices }: Leg, granted: RequestedField[]): RequestedField[] {
  const names = new Set(granted.map(({ name }) => name))
  const chosen = new Set(
    choices.flatMap((choice) => choice.find((each) => each.every((name) => names.has(name))) ?? []),
  )
  return granted.filter(({ name }) => chosen.has(name))
}

function nothingGranted({ acting }: Identified): ExchangeError {
  return new ExchangeError('access.denied', 'nothing of the form is granted', {
    reasons: [
      {
        rule: 'not-granted',
        zh: `${acting.name}没有可用于预填本表单的授权，请由申请人填写`,
        en: 'the department has no grant to fill this form; the applicant does',
      },
    ],
  })
}

/** Every source under one deadline: what has not answered by then counts as timed out, and leaves the others alone. */
export function underDeadline(connector: Connector, endsAtMs: number, now: () => number): Connector {
  return {
    ...(connector.callerMembers !== undefined && { callerMembers: connector.callerMembers }),
    ...(connector.live !== undefined && { live: connector.live }),
    probe: (signal) => connector.probe(signal),
    close: () => connector.close(),
    async fetch(lookup, signal) {
      let handle: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        const failure = new ExchangeError('provider.timeout', 'not answered by the prefill’s deadline')
        handle = setTimeout(() => reject(failure), Math.max(0, endsAtMs - now()))
      })
      try {
        return await Promise.race([connector.fetch(lookup, signal), late])
      } finally {
        clearTimeout(handle)
      }
    },
  }
}
