import type { CliIo } from '../terminal.ts'
import { catalogCheck } from './catalog.ts'
import { configCheck } from './config.ts'
import { databaseCheck } from './database.ts'
import { type Check, causeOf, type Finding, findings } from './finding.ts'
import { keysCheck } from './keys.ts'
import { memberKeysCheck } from './member-keys.ts'
import { nodeCheck } from './node.ts'
import { policyCheck } from './policies.ts'
import { redisCheck } from './redis.ts'
import { sourcesCheck } from './sources.ts'

const CHECKS: readonly Check[] = [
  nodeCheck,
  configCheck,
  catalogCheck,
  policyCheck,
  keysCheck,
  memberKeysCheck,
  databaseCheck,
  redisCheck,
  sourcesCheck,
]

/** Runs every check, one after another, whatever the others found. */
export async function examine(io: CliIo): Promise<Finding[]> {
  const found: Finding[] = []
  for (const check of CHECKS) {
    try {
      found.push(...(await check.run({ io, env: io.env })))
    } catch (thrown) {
      const fix = { zh: '检查未能完成，请按所示原因处理', en: 'the check itself failed; see the cause' }
      found.push(findings(check).fail(causeOf(thrown), fix))
    }
  }
  return found
}
