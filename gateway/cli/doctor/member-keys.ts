import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createMemberKeys } from '../../adapters/files/member-keys.ts'
import { catalogIfAny } from '../catalogue.ts'
import { type Check, findings } from './finding.ts'

const subject = { check: 'member-keys', name: { zh: '登记系统公钥', en: 'public keys of systems' } }

export const memberKeysCheck: Check = {
  ...subject,
  async run({ env, io }) {
    const { ok, warn, fail, skipped } = findings(subject)
    const catalog = await catalogIfAny(io)
    if (catalog === undefined) return [skipped({ zh: '目录不可用', en: 'no usable catalogue' })]
    const dir = env.GUANYI_MEMBER_KEYS_DIR || null
    const faulty: string[] = []
    const keys = createMemberKeys({ dir, catalog: () => catalog, now: io.now, onFault: (path) => faulty.push(path) })
    const active = [...catalog.systems.values()].filter(({ system }) => system.status === 'active')
    const keyless: string[] = []
    for (const { system } of active) {
      await keys.find(system.id, '') // reads and checks the file
      const inFile = dir !== null && (await readFile(join(dir, `${system.id}.jwks.json`)).catch(() => undefined))
      if (!inFile && system.jwks === undefined) keyless.push(system.id)
    }
    if (faulty.length > 0) {
      return faulty.map((path) =>
        fail(path, {
          zh: '文件不是可用的 JWKS，请重新登记该系统的公钥',
          en: 'no usable JWKS; register the system’s key again',
        }),
      )
    }
    if (keyless.length === 0) return [ok(`${active.length} 个系统 / systems`)]
    return [
      warn(`${keyless.length}/${active.length}: ${keyless.slice(0, 5).join(', ')}${keyless.length > 5 ? ' …' : ''}`, {
        zh: '这些系统没有公钥，不能发起请求：guanyi keys system <系统>',
        en: 'these systems have no key and cannot ask: guanyi keys system <id>',
      }),
    ]
  },
}
