import { readFile } from 'node:fs/promises'
import { importSigningJwk, type Jwk } from '../../adapters/crypto/jwk.ts'
import { createOperatorClient, type OperatorClient } from '../../client/operator-client.ts'
import type { Context, Input, OptionSpec } from '../command.ts'
import { configError, usageError } from '../exit.ts'
import { gatewayUrl } from '../settings.ts'

/** Where the management plane is and who asks there. */
export const PLANE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  url: { value: '地址 url', zh: '管理面地址，默认 http://127.0.0.1:8081', en: 'management plane' },
  'gateway-id': { value: 'id', zh: '网关标识，或 GUANYI_GATEWAY_ID', en: 'or GUANYI_GATEWAY_ID' },
  'operator-key': {
    value: '文件 file',
    required: true,
    zh: '操作员的私钥文件',
    en: 'private key file of the operator',
  },
  operator: { value: '编号 id', zh: '操作员编号，默认取自密钥编号', en: 'operator id, default from the key’s number' },
}
/** `guanyi operator add` numbers keys so. */
const KID_OF_OPERATOR = /^(.+)-\d{4}-\d{2}-\d{2}-[0-9a-f]{8}$/

/**
 * The management plane over HTTP, as the operator whose key is given (private_key_jwt, RFC 7523).
 *
 * Errors: `CliError` for arguments; `GuanyiProblem` for what the gateway refuses; `GuanyiUnreachable`.
 */
export async function openPlane(input: Input, { io, terminal }: Context): Promise<OperatorClient> {
  const url = gatewayUrl(input.text('url') ?? 'http://127.0.0.1:8081')
  const gatewayId = input.text('gateway-id') ?? io.env.GUANYI_GATEWAY_ID
  if (!gatewayId)
    throw configError('缺少 --gateway-id 或 GUANYI_GATEWAY_ID', 'missing --gateway-id or GUANYI_GATEWAY_ID')
  const jwk = await readKey(input.text('operator-key')!)
  const operator = input.text('operator') ?? KID_OF_OPERATOR.exec(jwk.kid)?.[1]
  if (operator === undefined)
    throw usageError(
      '密钥编号中没有操作员编号，请用 --operator 给出',
      'the key’s number names no operator; give --operator',
    )

  return createOperatorClient({ url, gatewayId, operator, key: jwk, language: terminal.lang, now: io.now })
}

async function readKey(path: string): Promise<Jwk> {
  try {
    const jwk = JSON.parse(await readFile(path, 'utf8')) as Jwk
    importSigningJwk({ ...jwk })
    return jwk
  } catch {
    // Neither the parser's nor the key's message is repeated: they may quote the key.
    throw usageError(`${path} 不是可用的私钥文件`, `${path} is no usable private key file`)
  }
}
