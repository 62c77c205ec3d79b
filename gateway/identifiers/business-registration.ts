import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'

/** Check digit over 14 digits. Source: ISO 7064 MOD 11,10. */
export function mod1110Check(body14: string): string {
  let product = 10
  for (let i = 0; i < 14; i++) {
    const sum = (product + Number(body14[i])) % 10
    product = ((sum === 0 ? 10 : sum) * 2) % 11
  }
  return String((11 - product) % 10)
}

/** The old registration number of an enterprise (工商注册号), 15 digits: 6 authority, 8 sequence, 1 check. Source: GS 15-2006. */
export function parseBusinessRegistration(value: string, options: ParseOptions = {}): Parsed<{ authority: string }> {
  const normal = normalForm(value, options)
  if (normal.length !== 15) return malformed('length')
  if (!/^\d{15}$/.test(normal)) return malformed('charset')
  if (mod1110Check(normal) !== normal[14]) return malformed('check')
  return { ok: true, normal, authority: normal.slice(0, 6), warnings: [] }
}
