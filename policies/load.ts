import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Reads the schema and the global policies from a directory laid out like this one. Errors: whatever reading throws. */
export function readPolicyTexts(directory: string = import.meta.dirname): { schemaText: string; policyText: string } {
  return {
    schemaText: readFileSync(join(directory, 'schema.cedarschema'), 'utf8'),
    policyText: readFileSync(join(directory, 'global.cedar'), 'utf8'),
  }
}
