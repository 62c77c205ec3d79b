import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateJwk, importSigningJwk, type Jwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import type { OperatorRole } from '../../gateway/operators/types.ts'
import { writeWhole } from './system-keys.ts'

/** An operator of the demonstration with a key of their own. */
export interface DemoOperator {
  id: string
  name: string
  role: OperatorRole
  /** Whom they work for; the member that runs the gateway when absent. */
  member?: string
  /** Private JWK with `kid`; 0600. */
  keyFile: string
  jwk: Jwk
}

/** 三员分立, and a clerk of the department that answers questions (协查): one person per role. */
const OPERATORS: readonly Omit<DemoOperator, 'keyFile' | 'jwk'>[] = [
  { id: 'op-system', name: '测试系统管理员', role: 'system-administrator' },
  { id: 'op-security', name: '测试安全管理员', role: 'security-administrator' },
  { id: 'op-audit', name: '测试审计管理员', role: 'audit-administrator' },
  { id: 'op-clerk', name: '测试协查经办人', role: 'provider-clerk', member: 'rc-nyncj' },
]

/** Makes operators, their keys and the registry; keys that exist stay. */
export async function makeOperators(
  stateDir: string,
  member: string,
): Promise<{ registryFile: string; operators: DemoOperator[] }> {
  const dir = join(stateDir, 'operators')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const operators = await Promise.all(
    OPERATORS.map(async (operator) => {
      const keyFile = join(dir, `${operator.role.split('-')[0]}.jwk.json`)
      const stored = await readFile(keyFile, 'utf8').catch(() => undefined)
      const jwk = stored === undefined ? generateJwk('ES256', `${operator.id}-1`) : (JSON.parse(stored) as Jwk)
      if (stored === undefined) await writeWhole(keyFile, jwk)
      return { ...operator, keyFile, jwk }
    }),
  )
  const registryFile = join(stateDir, 'operators.json')
  await writeWhole(registryFile, {
    operators: operators.map(({ id, name, role, member: own, jwk }) => ({
      id,
      name,
      role,
      member: own ?? member,
      status: 'active',
      jwks: { keys: [toPublicJwk(importSigningJwk({ ...jwk }))] },
    })),
  })
  return { registryFile, operators }
}
