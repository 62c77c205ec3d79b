import { type Check, findings } from './finding.ts'

/** The floor of package.json's `engines`. */
const OLDEST = [20, 19] as const

const subject = { check: 'node', name: { zh: 'Node 版本', en: 'Node version' } }

export const nodeCheck: Check = {
  ...subject,
  async run() {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const { ok, fail } = findings(subject)
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return [ok(process.versions.node)]
    const wanted = OLDEST.join('.')
    return [
      fail(process.versions.node, { zh: `请安装 Node ${wanted} 或更新版本`, en: `install Node ${wanted} or newer` }),
    ]
  },
}
