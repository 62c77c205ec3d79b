import { ConfigError, loadConfig } from '../../config.ts'
import { type Check, findings } from './finding.ts'

const subject = { check: 'configuration', name: { zh: '配置', en: 'configuration' } }

export const configCheck: Check = {
  ...subject,
  async run({ env }) {
    const { ok, warn, fail } = findings(subject)
    try {
      const { profile, gatewayId, platform } = loadConfig(env)
      const about = [profile, gatewayId, platform ?? ''].filter(Boolean).join(' · ')
      if (profile === 'production') return [ok(about)]
      return [
        warn(about, {
          zh: '演示配置，不得用于生产：生产请设 GUANYI_PROFILE=production',
          en: 'demonstration profile, not for production: set GUANYI_PROFILE=production there',
        }),
      ]
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown
      return thrown.faults.map((fault) =>
        fail(fault, { zh: '改正该环境变量后重试', en: 'correct this environment variable' }),
      )
    }
  },
}
