import type { Kind } from '../kinds.ts'
import { bundleRule } from './bundles.ts'
import type { Rule } from './context.ts'
import { datasetRule } from './datasets.ts'
import { derivedRule } from './derived.ts'
import { fieldRule } from './fields.ts'
import { fieldSetRule, formRule } from './forms.ts'
import { certificateRule, itemRule, scenarioRule, taskRule } from './items.ts'
import { memberRule } from './members.ts'
import { calendarRule, divisionRule } from './reference-data.ts'

/** Rules a JSON Schema cannot say, per kind. */
export const RULES: { [K in Kind]: readonly Rule<K>[] } = {
  members: [memberRule],
  datasets: [datasetRule, fieldRule, derivedRule],
  scenarios: [scenarioRule],
  items: [itemRule],
  forms: [formRule],
  'field-sets': [fieldSetRule],
  certificates: [certificateRule],
  bundles: [bundleRule],
  tasks: [taskRule],
  'code-lists': [],
  divisions: [divisionRule],
  calendars: [calendarRule],
}
