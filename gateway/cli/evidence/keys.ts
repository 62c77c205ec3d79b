import { importVerificationJwk } from '../../adapters/crypto/jwk.ts'
import { fetchJwks } from '../../client/gateway-keys.ts'
import type { VerificationKey } from '../../ports/crypto.ts'
import type { Context, Input } from '../command.ts'
import { usageError } from '../exit.ts'
import { readJsonArgument } from '../files.ts'
import { isObject } from '../json.ts'
import { gatewayUrl } from '../settings.ts'

/** The gateway's public keys: from a kept file (offline) or from the gateway itself. */
export async function evidenceKeys(input: Input, { io }: Context): Promise<ReadonlyMap<string, VerificationKey>> {
  const [file, url] = [input.text('jwks'), input.text('url') ?? io.env.GUANYI_URL]
  if (file === undefined) {
    if (url) return await fetchJwks(gatewayUrl(url))
    throw usageError(
      '请用 --jwks 给出公钥文件，或用 --url 给出网关地址',
      'give the public keys with --jwks, or the gateway with --url',
    )
  }
  return keysIn(await readJsonArgument(file, io), file)
}

/** Keys of further gateways, each its own; `undefined` when none were given. */
export async function hopKeysOf(
  input: Input,
  { io }: Context,
): Promise<ReadonlyMap<string, ReadonlyMap<string, VerificationKey>> | undefined> {
  const file = input.text('hops')
  if (file === undefined) return undefined
  const byGateway = await readJsonArgument(file, io)
  if (!isObject(byGateway))
    throw usageError(`${file} 不是 { "网关编号": JWKS }`, `${file} is no { "gateway id": JWKS }`)
  return new Map(Object.entries(byGateway).map(([gateway, jwks]) => [gateway, keysIn(jwks, file)]))
}

function keysIn(jwks: unknown, file: string): ReadonlyMap<string, VerificationKey> {
  if (!isObject(jwks) || !Array.isArray(jwks.keys))
    throw usageError(`${file} 不是 JWKS（缺少 keys）`, `${file} is no JWKS (it has no keys)`)
  try {
    const keys = jwks.keys.map((jwk) => {
      if (!isObject(jwk)) throw new Error('a key is no object')
      return importVerificationJwk(jwk)
    })
    return new Map(keys.map((key) => [key.kid, key]))
  } catch (thrown) {
    throw usageError(`${file} 中的公钥不可用`, `a key in ${file} cannot be used: ${(thrown as Error).message}`)
  }
}
