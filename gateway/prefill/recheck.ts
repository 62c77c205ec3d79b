import { ExchangeError } from '../errors/exchange-error.ts'
import type { VerifyResult } from '../exchange.ts'
import { createShapeCheck } from '../requests/validators.ts'
import type { FilledForm } from './fill-form.ts'
import type { Kept } from './keep.ts'
import { regroupedNames, valuesDigest } from './kept-values.ts'
import { recheckSchema } from './prefill.schema.ts'
import { createReading } from './reading.ts'
import type { Answered, PrefillEnd, PrefillOperation } from './run-prefill.ts'
import type { KeptPrefill, PrefillRequest } from './types.ts'

interface RecheckRequest extends Pick<PrefillRequest, 'jti' | 'case' | 'operator'> {
  prefillId: string
}
const shape = createShapeCheck<RecheckRequest>(recheckSchema)

type Result = VerifyResult | 'not-granted' | 'unavailable'

/** Does what was filled in still hold? Asked at acceptance, in one call; no value leaves. */
export interface Recheck {
  operation(id: string): PrefillOperation<RecheckRequest>
  results(kept: KeptPrefill, end: PrefillEnd): { item: string; field: string; role: string; result: Result }[]
}

export function createRecheck(kept: Kept): Recheck {
  /** How the kept fields of one form stand now. */
  function resultsOf(row: KeptPrefill, form: FilledForm): { field: KeptPrefill['fields'][number]; result: Result }[] {
    const item = form.task.item.id
    const read = createReading(form.ends)
    const salted = (name: string, values: readonly unknown[]) => kept.digest(row.salt, name, values)
    const regrouped = regroupedNames(row, item, read, salted)
    return row.fields.filter((field) => field.item === item).map((field) => ({ field, result: resultOf(field) }))

    function resultOf({ name, digest }: KeptPrefill['fields'][number]): Result {
      const reading = read(name)
      const relation = form.relations.get(name.includes(':') ? name.slice(0, name.indexOf(':')) : '')
      if (relation !== undefined && relation !== 'proven') return relation === 'unavailable' ? relation : 'not-found'
      if (reading.ok)
        return valuesDigest(name, reading, salted) === digest && !regrouped.has(name) ? 'match' : 'mismatch'
      if (reading.empty === 'unavailable' || reading.empty === 'not-granted') return reading.empty
      return 'not-found'
    }
  }

  return {
    operation: (id) => ({
      shape,
      assertHarmless: () => undefined,
      async open(known, payload) {
        // The path is not signed; the member is.
        if (payload.prefillId !== id) throw new ExchangeError('request.unknown-resource', 'signed for another prefill')
        const { kept: row } = await kept.open(id, known.sender.system.id)
        const { case: caseNo, operator } = payload
        if (row.request.case !== undefined && caseNo !== undefined && caseNo !== row.request.case)
          throw new ExchangeError('request.unknown-resource', 'the prefill belongs to another case')
        const request: PrefillRequest = {
          ...row.request,
          ...(caseNo !== undefined && { case: caseNo }),
          ...(operator !== undefined && { operator }),
          // At acceptance the sources are asked, not what was kept of them.
          maxAgeSeconds: 0,
        }
        const release = (end: Answered, form: FilledForm) => {
          const names = new Set(end.shaped.fields.map(({ name }) => name))
          const results: Record<string, VerifyResult> = {}
          for (const { field, result } of resultsOf(row, form)) {
            if (!names.has(field.name)) continue
            if (result === 'match' || result === 'mismatch' || result === 'not-found') results[field.name] = result
          }
          return { ...end.shaped, masks: {}, data: {}, results, withheld: names }
        }
        return { request, release }
      },
    }),
    results: (row, end) =>
      end.forms.flatMap((form) =>
        resultsOf(row, form).map(({ field: { item, id, role }, result }) => ({ item, field: id, role, result })),
      ),
  }
}
