import type { Kind } from '../kinds.ts'
import type { Rule } from './context.ts'
import { datasetRule } from './datasets.ts'
import { derivedRule } from './derived.ts'
import { fieldRule } from './fields.ts'
import { formRule } from './forms.ts'
import { bundleRule, certificateRule, itemRule, scenarioRule } from './items.ts'
import { memberRule } from './members.ts'
import { calendarRule, divisionRule } from './reference-data.ts'

/** Rules a JSON Schema cannot say, per kind. */
export const RULES: { [K in Kind]: readonly Rule<K>[] } = {
  members: [memberRule],
  datasets: [datasetRule, fieldRule, derivedRule],
  scenarios: [scenarioRule],
  items: [itemRule],
  forms: [formRule],
  certificates: [certificateRule],
  bundles: [bundleRule],
  'code-lists': [],
  divisions: [divisionRule],
  calendars: [calendarRule],
}
