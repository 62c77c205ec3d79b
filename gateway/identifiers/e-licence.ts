import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'
import { parseUscc } from './uscc.ts'

const ROOT = '1.2.156.3005.2.'

export interface ELicenceId {
  /** 18-character code of the body that defines the licence, and 3 digits. */
  typeCode: string
  /** Not always an 18-character code: division codes occur. */
  issuer: string
  serial: string
  version: string
}

/** Check character over the segments without their dots. Source: ISO 7064 MOD 37,36. */
export function mod3736Check(body: string): string {
  let product = 36
  for (const character of body) {
    const sum = (product + Number.parseInt(character, 36)) % 36
    product = ((sum === 0 ? 36 : sum) * 2) % 37
  }
  return ((37 - product) % 36).toString(36).toUpperCase()
}

/**
 * The identifier of an electronic licence (电子证照标识).
 *
 * Shape:  root `1.2.156.3005.2`, type, issuer, serial, version, check, with dots between.
 * Errors: a wrong check character is the finding `check`, and a fault only in strict mode: real repositories hold such values (R110).
 * Source: GB/T 36904-2018.
 */
export function parseELicenceId(value: string, options: ParseOptions = {}): Parsed<ELicenceId> {
  const normal = normalForm(value, options, 'hyphens')
  if (normal.length > 128) return malformed('length')
  if (!normal.startsWith(ROOT)) return malformed('root')
  const segments = normal.slice(ROOT.length).split('.')
  if (segments.length !== 5) return malformed('segments')

  const [typeCode, issuer, serial, version, check] = segments as [string, string, string, string, string]
  const shaped = [/^[0-9A-Z]{18}\d{3}$/, /^[0-9A-Z]{6,18}$/, /^[0-9A-Z]{1,64}$/, /^\d{3}$/, /^[0-9A-Z]$/]
  if (!segments.every((segment, i) => shaped[i]!.test(segment))) return malformed('shape')

  const warnings: string[] = []
  if (mod3736Check(typeCode + issuer + serial + version) !== check) {
    if (options.strict) return malformed('check')
    warnings.push('check')
  }
  if (!parseUscc(typeCode.slice(0, 18), { strict: true }).ok) warnings.push('innerUscc')
  return { ok: true, normal, typeCode, issuer, serial, version, warnings }
}
