import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ISSUER_FILE, readIssuerKeys } from '../../adapters/files/issuer-keys.ts'
import { readSecrets, SECRETS_FILE } from '../../adapters/files/secrets.ts'
import { keysDir } from '../settings.ts'
import { type Check, causeOf, type Finding, findings } from './finding.ts'

const subject = { check: 'keys', name: { zh: '安装密钥', en: 'installation keys' } }
const modes = { check: 'key-modes', name: { zh: '密钥文件权限', en: 'modes of key files' } }

export const keysCheck: Check = {
  ...subject,
  async run({ env }) {
    const { ok, fail } = findings(subject)
    const dir = keysDir(env)
    try {
      const issuer = await readIssuerKeys(dir)
      await readSecrets(dir)
      const active = issuer.find(({ state }) => state === 'active')!
      const content = ok(`${active.kid} (${active.alg}), ${issuer.length} 把 / key(s)`)
      return [content, ...(await modeFindings(dir, env.GUANYI_ENDPOINTS_FILE))]
    } catch (thrown) {
      return [
        fail(causeOf(thrown), {
          zh: '运行 guanyi keys init，或核对 GUANYI_KEYS_DIR',
          en: 'run `guanyi keys init`, or check GUANYI_KEYS_DIR',
        }),
      ]
    }
  },
}

/** Private things are for the gateway's own user; source logins count as such. */
async function modeFindings(dir: string, endpointsFile: string | undefined): Promise<Finding[]> {
  const { ok, fail } = findings(modes)
  const paths = [dir, join(dir, ISSUER_FILE), join(dir, SECRETS_FILE), ...(endpointsFile ? [endpointsFile] : [])]
  const found = await Promise.all(
    paths.map(async (path) => ({ path, mode: (await stat(path).catch(() => undefined))?.mode ?? 0 })),
  )
  const open = found.filter(({ mode }) => (mode & 0o077) !== 0)
  if (open.length === 0) return [ok(`${dir} 0700 / 0600`)]
  return open.map(({ path, mode }) => {
    const octal = (mode & 0o777).toString(8).padStart(4, '0')
    const command = `chmod go= ${path}`
    return fail(`${path} ${octal}`, { zh: `其他用户可读：运行 ${command}`, en: `others can read it: run ${command}` })
  })
}
