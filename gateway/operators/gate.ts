import { routePath } from 'hono/route'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import type { OperatorRegistry } from './registry.ts'
import type { AdministrativeRecords, Operator, OperatorGate, OperatorRole } from './types.ts'

export interface OperatorGateDeps {
  registry: OperatorRegistry
  tokens: Pick<AccessTokens, 'authenticate'>
  records: AdministrativeRecords
  /** Told of every refusal at the gate, by code: for a counter. */
  onRefused: (code: ExchangeError['code']) => void
}

export const ROLE_NAMES: Record<OperatorRole, { zh: string; en: string }> = {
  'system-administrator': { zh: '系统管理员', en: 'system administrator' },
  'security-administrator': { zh: '安全管理员', en: 'security administrator' },
  'audit-administrator': { zh: '审计管理员', en: 'audit administrator' },
  'provider-clerk': { zh: '协查经办人', en: 'provider’s clerk' },
}

/**
 * Asks of every call who makes it and in which role. The role is the registry's at this moment and not the token's, so
 * that a removed or suspended operator is out before their token expires.
 *
 * A refusal by role is recorded before it is answered: that an administrator tries doors is what auditors must see (R70).
 */
export function createOperatorGate({ registry, tokens, records, onRefused }: OperatorGateDeps): OperatorGate {
  async function authenticated(authorization: string | undefined): Promise<Operator> {
    const id = await tokens.authenticate(authorization, 'management').catch(unsigned)
    const found = await registry.find(id)
    if (found === undefined) {
      throw new ExchangeError('identity.unknown', 'the operator is not registered', {
        publicDetail: { zh: '未登记的操作员', en: 'the operator is not registered' },
      })
    }
    if (found.status === 'suspended') throw suspendedOperator()
    return found.operator
  }
  return {
    async require(c, ...roles) {
      try {
        const operator = await authenticated(c.req.header('authorization'))
        if (roles.includes(operator.role)) return operator
        await records.append({
          operator,
          verb: 'gate.refused',
          subjectDigest: null,
          // The route and not the path: what stands in a path may name a person.
          target: `${c.req.method} ${routePath(c)}`,
          reason: null,
          details: { role: operator.role, required: roles.join(' ') },
        })
        throw wrongRole(operator.role, roles)
      } catch (thrown) {
        if (thrown instanceof ExchangeError) onRefused(thrown.code)
        throw thrown
      }
    },
  }
}

export function suspendedOperator(): ExchangeError {
  return new ExchangeError('identity.suspended', 'the operator is suspended', {
    publicDetail: { zh: '操作员已被停用', en: 'the operator is suspended' },
  })
}

/** The data plane's hint about signed requests would mislead here. */
function unsigned(thrown: unknown): never {
  if (!(thrown instanceof ExchangeError) || thrown.code !== 'request.unsigned') throw thrown
  throw new ExchangeError('request.unsigned', 'no bearer token', {
    publicDetail: {
      zh: '请先以操作员密钥从管理面 /oauth/token 取得访问令牌',
      en: 'get a token with your operator key at /oauth/token of the management plane first',
    },
    headers: { 'www-authenticate': 'Bearer' },
  })
}

function wrongRole(role: OperatorRole, roles: readonly OperatorRole[]): ExchangeError {
  const list = (language: 'zh' | 'en') =>
    roles.map((each) => ROLE_NAMES[each][language]).join(language === 'zh' ? '、' : ', ')
  return new ExchangeError('access.denied', 'the operator has another role', {
    reasons: [
      {
        rule: 'role',
        zh: `${ROLE_NAMES[role].zh}无权进行此操作，须由${list('zh')}进行；本次尝试已留痕`,
        en: `a ${ROLE_NAMES[role].en} may not do this; it takes: ${list('en')}. The attempt has been recorded`,
      },
    ],
  })
}
