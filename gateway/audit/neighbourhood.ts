import type { Subject } from '../exchange.ts'

/**
 * What numbers issued one after another have in common: the first 15 characters of a resident number (county, day of
 * birth, hundreds of the sequence: at most 100 numbers), the first 14 of a unified social credit code (office, division,
 * all but the last two of the organisation number). `null` for kinds whose neighbours are asked about in good faith,
 * such as the flats of one house.
 *
 * Source: GB 11643 (positions 1–17), GB 32100 (positions 1–17).
 */
export function neighbourhoodOf({ idType, id }: Subject): string | null {
  if ((idType === 'resident-id' || idType === 'residence-permit-hmt') && id.length === 18)
    return `${idType}:${id.slice(0, 15)}`
  if (idType === 'uscc' && id.length === 18) return `${idType}:${id.slice(0, 14)}`
  return null
}
