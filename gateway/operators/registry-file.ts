import { createHash } from 'node:crypto'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { importVerificationJwk, toPublicJwk } from '../adapters/crypto/jwk.ts'
import { containsPersonalIdentifier } from '../identifiers/index.ts'
import type { VerificationKey } from '../ports/crypto.ts'
import type { Operator, OperatorRole } from './types.ts'

export const OPERATOR_ROLES = [
  'system-administrator',
  'security-administrator',
  'audit-administrator',
  'provider-clerk',
] as const

/** One line of the registry of operators (操作员名册). */
export interface OperatorEntry extends Operator {
  status: 'active' | 'suspended'
  jwks: { keys: Record<string, unknown>[] }
}

/** A checked operator with usable keys. */
export interface RegisteredOperator {
  operator: Operator
  status: OperatorEntry['status']
  keys: ReadonlyMap<string, VerificationKey>
}

/** Why a registry opens nothing. Names ids, never keys. */
export class OperatorRegistryError extends Error {
  override readonly name = 'OperatorRegistryError'
  constructor(readonly faults: readonly string[]) {
    super(`操作员名册有误 / operator registry refused:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  }
}

const schema = {
  type: 'object',
  required: ['operators'],
  additionalProperties: false,
  properties: {
    operators: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        required: ['id', 'name', 'role', 'member', 'status', 'jwks'],
        additionalProperties: false,
        properties: {
          id: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{1,62}$' },
          name: { type: 'string', minLength: 1, maxLength: 64 },
          role: { enum: [...OPERATOR_ROLES] },
          member: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,62}$' },
          status: { enum: ['active', 'suspended'] },
          jwks: {
            type: 'object',
            required: ['keys'],
            additionalProperties: false,
            properties: { keys: { type: 'array', minItems: 1, maxItems: 8, items: { type: 'object' } } },
          },
        },
      },
    },
  },
} as const
const fits = new Ajv2020({ strict: true, allErrors: true }).compile<{ operators: OperatorEntry[] }>(schema)

/**
 * Reads the registry's text.
 *
 * Shape:  `{ operators: [{ id, name, role, member, status, jwks }] }`; by id.
 * Errors: `OperatorRegistryError` with every fault: schema, one id or one key at two operators, a key that cannot be
 *         used, one person with two roles. A person is a name at a member; who has left a role stays in the file as
 *         `suspended` and may hold another.
 * Source: R67, R69, R70 (三员分立).
 */
export function parseOperatorRegistry(text: string): ReadonlyMap<string, RegisteredOperator> {
  const content = parseJson(text)
  if (!fits(content)) {
    const faults = (fits.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'}: ${message}`)
    throw new OperatorRegistryError(faults)
  }
  const faults: string[] = []
  const byId = new Map<string, RegisteredOperator>()
  const keyHolders = new Map<string, string>()
  const roleOfPerson = new Map<string, OperatorEntry>()
  for (const entry of content.operators) {
    const { id, name, role, member, status } = entry
    if (byId.has(id)) faults.push(`${id}: 编号重复 / the id is used twice`)
    if (containsPersonalIdentifier(`${id} ${name}`)) faults.push(`${id}: 编号或姓名含身份标识 / holds an identifier`)
    const person = `${member} ${name.normalize('NFKC').trim()}`
    const other = roleOfPerson.get(person)
    if (status === 'active') {
      if (other !== undefined)
        faults.push(
          `${id}: 与 ${other.id} 为同一人，一人不得有两个账号或兼任两种管理员（三员分立） / the same person as ${other.id}: one person has one account and one role`,
        )
      roleOfPerson.set(person, entry)
    }
    byId.set(id, { operator: { id, name, role, member }, status, keys: usableKeys(entry, keyHolders, faults) })
  }
  if (faults.length > 0) throw new OperatorRegistryError(faults)
  return byId
}

function usableKeys({ id, jwks }: OperatorEntry, holders: Map<string, string>, faults: string[]) {
  const keys = new Map<string, VerificationKey>()
  for (const jwk of jwks.keys) {
    try {
      const key = importVerificationJwk(jwk)
      const thumbprint = keyThumbprint(key)
      const holder = holders.get(thumbprint)
      if (holder !== undefined) faults.push(`${id}: 密钥与 ${holder} 相同 / shares a key with ${holder}`)
      if (keys.has(key.kid)) faults.push(`${id}: kid 重复 / a kid is used twice`)
      holders.set(thumbprint, id)
      keys.set(key.kid, key)
    } catch (thrown) {
      faults.push(`${id}: 公钥不可用 / a key cannot be used: ${(thrown as Error).message}`)
    }
  }
  return keys
}

/** What makes two keys one, whatever they are called. Source: RFC 7638 §3. */
export function keyThumbprint(key: VerificationKey): string {
  const { kty, crv, x, y } = toPublicJwk(key)
  return createHash('sha256')
    .update(JSON.stringify({ crv, kty, x, ...(y !== undefined && { y }) }))
    .digest('base64url')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new OperatorRegistryError(['不是 JSON / is not JSON'])
  }
}

export const isOperatorRole = (text: string): text is OperatorRole =>
  (OPERATOR_ROLES as readonly string[]).includes(text)
