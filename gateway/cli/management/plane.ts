import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { importSigningJwk, type Jwk } from '../../adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../adapters/crypto/software.ts'
import { GuanyiProblem, GuanyiUnreachable } from '../../client/errors.ts'
import { reach, readJson } from '../../client/wire.ts'
import type { Problem } from '../../errors/problem.ts'
import { signCompactJws } from '../../jose/compact-jws.ts'
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
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** `guanyi operator add` numbers keys so. */
const KID_OF_OPERATOR = /^(.+)-\d{4}-\d{2}-\d{2}-[0-9a-f]{8}$/

export interface Plane {
  get(path: string): Promise<Record<string, unknown>>
  post(path: string, body: object): Promise<Record<string, unknown>>
}

/**
 * The management plane over HTTP, as the operator whose key is given (private_key_jwt, RFC 7523).
 *
 * Errors: `CliError` for arguments; `GuanyiProblem` for what the gateway refuses; `GuanyiUnreachable`.
 */
export async function openPlane(input: Input, { io, terminal }: Context): Promise<Plane> {
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

  const send = async (path: string, init: RequestInit & { headers: Record<string, string> }) => {
    const response = await reach(fetch, `${url}${path}`, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
      headers: { ...init.headers, 'accept-language': terminal.lang },
    })
    const answer = await readJson(response)
    if (response.ok && answer !== undefined) return answer
    if (typeof answer?.code === 'string') throw new GuanyiProblem(answer as unknown as Problem)
    throw new GuanyiUnreachable(`HTTP ${response.status}，不是网关的答复 / not a gateway’s answer`)
  }

  const iat = Math.floor(io.now() / 1000)
  const claims = {
    iss: operator,
    sub: operator,
    aud: gatewayId,
    iat,
    exp: iat + 120,
    jti: randomBytes(16).toString('base64url'),
  }
  const assertion = await signCompactJws(
    createSoftwareCrypto(),
    importSigningJwk({ ...jwk }),
    {},
    JSON.stringify(claims),
  )
  const granted = await send('/oauth/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertion,
    }).toString(),
  })
  const authorization = `Bearer ${String(granted.access_token)}`
  return {
    get: (path) => send(path, { method: 'GET', headers: { authorization } }),
    post: (path, body) =>
      send(path, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  }
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
