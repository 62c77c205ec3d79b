import { readPolicyTexts } from '../../../policies/load.ts'
import { type Check, causeOf, findings } from './finding.ts'

const subject = { check: 'policies', name: { zh: '策略', en: 'policies' } }

export const policyCheck: Check = {
  ...subject,
  async run({ env }) {
    const { ok, fail } = findings(subject)
    const dir = env.GUANYI_POLICY_DIR || 'policies'
    try {
      // Loaded here: the engine is WebAssembly of several megabytes that no other command needs.
      const { createDecisionPoint } = await import('../../../policies/engine/decide.ts')
      return [ok(`${dir} ${createDecisionPoint(readPolicyTexts(dir)).policyVersion}`)]
    } catch (thrown) {
      return [fail(causeOf(thrown), { zh: `核对 ${dir} 中的策略文件`, en: `check the policy files in ${dir}` })]
    }
  },
}
