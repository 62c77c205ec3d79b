import { readFile } from 'node:fs/promises'
import { importSigningJwk } from '../../adapters/crypto/jwk.ts'
import { ROLE_NAMES } from '../../operators/gate.ts'
import { keyThumbprint, parseOperatorRegistry } from '../../operators/registry-file.ts'
import type { Operator, OperatorRole } from '../../operators/types.ts'
import { CliError, EXIT, usageError } from '../exit.ts'

export const OPERATOR_KEY_OPTION = {
  'operator-key': {
    value: '文件 file',
    required: true,
    zh: '经手操作员的私钥文件：凭密钥确认身份，并记入日志',
    en: 'private key file of the acting operator: the key says who acts, and the log keeps it',
  },
} as const

/**
 * The operator whose key this is, when their role allows the act. Whoever cannot show a registered key does not act
 * under anybody's name.
 *
 * Errors: `CliError`: usage for a file that is no private key, refused for an unknown key, a suspended operator, or a
 *         role without the right.
 */
export async function actingOperator(
  keyFile: string,
  registryText: string,
  ...roles: OperatorRole[]
): Promise<Operator> {
  const thumbprint = await thumbprintOf(keyFile)
  const found = [...parseOperatorRegistry(registryText).values()].find(({ keys }) =>
    [...keys.values()].some((key) => keyThumbprint(key) === thumbprint),
  )
  if (found === undefined) throw refused('名册中没有这把密钥', 'the registry does not know this key')
  if (found.status === 'suspended') throw refused('操作员已被停用', 'the operator is suspended')
  if (!roles.includes(found.operator.role)) {
    const names = (language: 'zh' | 'en') =>
      roles.map((role) => ROLE_NAMES[role][language]).join(language === 'zh' ? '、' : ', ')
    throw refused(`须由${names('zh')}进行`, `this takes a ${names('en')}`)
  }
  return found.operator
}

async function thumbprintOf(keyFile: string): Promise<string> {
  try {
    return keyThumbprint(importSigningJwk(JSON.parse(await readFile(keyFile, 'utf8')) as Record<string, unknown>))
  } catch {
    // Neither the parser's nor the key's message is repeated: they may quote the key.
    throw usageError(`${keyFile} 不是可用的私钥文件`, `${keyFile} is no usable private key file`)
  }
}

const refused = (zh: string, en: string): CliError => new CliError(EXIT.refused, { zh, en })
