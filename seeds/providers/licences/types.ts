/** An electronic licence as the library keeps it: dates `YYYYMMDD`, state by code list `certificate-states`. */
export interface Licence {
  /** Number of the list of fifty, three digits: `001` = 居民身份证. */
  typeCode: string
  number: string
  holderNumber: string
  issuer: string
  issuedOn: string
  /** Null = long-term. */
  validUntil: string | null
  /** Set where something happened to it; otherwise the dates decide. */
  state?: '03' | '05' | '06' | '07'
  face: Readonly<Record<string, string | number | null>>
}

/** What a licence is worth today: 01 valid, 02 not yet, 04 expired, or what was done to it. */
export function stateOn(today: string, { state, issuedOn, validUntil }: Licence): string {
  if (state !== undefined) return state
  if (issuedOn > today) return '02'
  return validUntil !== null && validUntil < today ? '04' : '01'
}
