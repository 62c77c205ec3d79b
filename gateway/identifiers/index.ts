import type { IdType } from '../catalog/types.ts'
import { parseBusinessRegistration } from './business-registration.ts'
import { parseForeignPermanentResident } from './foreign-permanent-resident.ts'
import { parseOrganisationCode } from './organisation-code.ts'
import { type Fault, malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'
import { parseResidencePermit } from './residence-permit.ts'
import { parseLegacyResidentId, parseResidentId } from './resident-id.ts'
import { parseShaped } from './shaped.ts'
import { parseUscc } from './uscc.ts'
import { parsePlate, parseVin } from './vehicle.ts'

export type { Fault, Parsed, ParseOptions } from './parsing.ts'
export { containsPersonalIdentifier } from './personal-identifier.ts'

export type NormalisedId = { ok: true; normal: string; convertedFrom?: string } | { ok: false; fault: Fault }

const PARSERS: Record<Exclude<IdType, 'resident-id'>, (value: string, options: ParseOptions) => Parsed<object>> = {
  'residence-permit-hmt': parseResidencePermit,
  'foreign-permanent-resident': parseForeignPermanentResident,
  passport: (value, options) => parseShaped('passport', value, options),
  'birth-certificate': (value, options) => parseShaped('birth-certificate', value, options),
  uscc: parseUscc,
  'organisation-code': parseOrganisationCode,
  'business-registration': parseBusinessRegistration,
  'real-estate-unit': (value, options) => parseShaped('real-estate-unit', value, options),
  plate: parsePlate,
  vin: parseVin,
  'project-code': (value, options) => parseShaped('project-code', value, options),
}

/**
 * The normal form under which a subject is asked for, cached, counted and stored.
 *
 * Shape:  accepts tolerantly (R116); a 15-digit resident number becomes its 18-digit form, with the old one in `convertedFrom` (R117).
 * Errors: `fault`, which never carries the value; anything but a string is `type`: a JSON number has already lost digits (R115).
 */
export function normaliseSubjectId(type: IdType, value: string, todayYmd: string): NormalisedId {
  if (typeof value !== 'string') return malformed('type')
  const options = { todayYmd }
  if (type === 'resident-id') return normaliseResidentId(value, options)
  const parsed = PARSERS[type](value, options)
  return parsed.ok ? { ok: true, normal: parsed.normal } : parsed
}

function normaliseResidentId(value: string, options: ParseOptions): NormalisedId {
  if (normalForm(value, options).length !== 15) {
    const parsed = parseResidentId(value, options)
    return parsed.ok ? { ok: true, normal: parsed.normal } : parsed
  }
  const legacy = parseLegacyResidentId(value, options)
  return legacy.ok ? { ok: true, normal: legacy.upgraded, convertedFrom: legacy.normal } : legacy
}
