import type { Scalar } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { SealedValues } from '../events/sealed-values.ts'
import type { DeclaredValue, DeclaredValues } from '../ports/declared-values.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { chinaDay } from '../requests/subjects.ts'
import type { DeclarationStore } from './types.ts'

export interface DeclaredValuesDeps {
  store: Pick<DeclarationStore, 'newest' | 'probe'>
  digests: SubjectDigests
  sealed: SealedValues
}

/** Associated data of one sealed value: it opens only where it was put. */
export const SEAL_KIND = 'declared'
export const placeOf = (exchange: string, dataset: string, field: string): string => `${exchange}:${dataset}.${field}`

/** Declared values opened for reading; the store holds them sealed. */
export function createDeclaredValues({ store, digests, sealed }: DeclaredValuesDeps): DeclaredValues {
  return {
    async inForce(dataset, subject, fields, nowMs) {
      const today = chinaDay(nowMs)
      const found = await store.newest(dataset, digests.of(subject), fields).catch(away)
      return found
        .filter(({ validUntil }) => validUntil >= today)
        .map(({ field, sealed: closed, ...declaration }): DeclaredValue => {
          const value = opened(sealed, placeOf(declaration.exchange, dataset, field), closed)
          return { field, value, declaration }
        })
    },
    probe: () => store.probe().catch(away),
  }
}

function opened(sealed: SealedValues, place: string, closed: Buffer): Scalar {
  try {
    return JSON.parse(sealed.open(SEAL_KIND, place, closed)) as Scalar
  } catch {
    // Neither the seal's nor the parser's message is kept: the one names the key, the other quotes the value.
    throw new ExchangeError('provider.contract', 'a declared value does not open')
  }
}

function away(): never {
  throw new ExchangeError('provider.unreachable', 'declared values did not answer')
}
