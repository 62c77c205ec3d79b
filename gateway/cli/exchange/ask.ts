import { readFile } from 'node:fs/promises'
import { importSigningJwk, type Jwk } from '../../adapters/crypto/jwk.ts'
import type { Ask, ClientOptions } from '../../client/client.ts'
import type { Context, Input, OptionSpec } from '../command.ts'
import { configError, usageError } from '../exit.ts'
import { readJsonArgument } from '../files.ts'
import { isObject } from '../json.ts'
import { gatewayUrl } from '../settings.ts'
import { findDemoSample } from './demo-sample.ts'

/** Where to ask and as whom, for the commands that make an exchange. */
export const CLIENT_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  url: { value: '地址 url', zh: '网关数据面地址，或 GUANYI_URL', en: 'data plane, or GUANYI_URL' },
  'gateway-id': { value: 'id', zh: '网关标识，或 GUANYI_GATEWAY_ID', en: 'or GUANYI_GATEWAY_ID' },
  system: { value: 'id', zh: '以哪个登记系统发起，或 GUANYI_SYSTEM', en: 'registered system, or GUANYI_SYSTEM' },
  key: { value: '文件 file', zh: '该系统的私钥 JWK，或 GUANYI_KEY_FILE', en: 'private JWK, or GUANYI_KEY_FILE' },
  demo: { value: '样例 sample', zh: '用演示的样例（名称或序号）', en: 'a sample of the demo, by name or number' },
}

export interface Prepared<A extends object = Ask> {
  client: Omit<ClientOptions, 'language' | 'now'>
  ask: A
}

/**
 * Reads the request and who asks it: from arguments and environment, or whole from a sample of the demonstration. That the
 * request is an `A` is for the gateway to judge, which names every fault of it.
 */
export async function prepareAsk<A extends object = Ask>(
  mode: 'query' | 'verify',
  input: Input,
  context: Context,
): Promise<Prepared<A>> {
  const { io } = context
  const [file] = input.positionals
  const named = input.text('demo')
  if (file === undefined && named === undefined)
    throw usageError('请给出请求文件，或用 --demo 选样例', 'name a request file, or a sample with --demo')
  const sample = named === undefined ? undefined : await findDemoSample(named, mode, io)
  const client = await prepareClient(input, context, sample)
  const request = file === undefined ? sample!.request : await readJsonArgument(file, io)
  if (!isObject(request)) throw usageError('请求应是一个 JSON 对象', 'the request must be a JSON object')
  return { client, ask: request as object as A }
}

/** Where to ask and as whom. Errors: `CliError` (configuration) naming what is missing. */
export async function prepareClient(
  input: Input,
  { io }: Context,
  sample?: Awaited<ReturnType<typeof findDemoSample>>,
): Promise<Prepared['client']> {
  const env = (name: string): string | undefined => io.env[name] || undefined
  const url = input.text('url') ?? sample?.url ?? env('GUANYI_URL')
  const gatewayId = input.text('gateway-id') ?? sample?.gatewayId ?? env('GUANYI_GATEWAY_ID')
  const system = input.text('system') ?? sample?.system ?? env('GUANYI_SYSTEM')
  const keyFile = input.text('key') ?? sample?.keyFile ?? env('GUANYI_KEY_FILE')
  if (url === undefined || gatewayId === undefined || system === undefined || keyFile === undefined) {
    const missing = Object.entries({ '--url': url, '--gateway-id': gatewayId, '--system': system, '--key': keyFile })
      .filter(([, value]) => value === undefined)
      .map(([option]) => option)
      .join(', ')
    throw configError(
      `缺少 ${missing}（也可用环境变量，见 --help）`,
      `missing ${missing} (or by environment, see --help)`,
    )
  }
  return { url: gatewayUrl(url), gatewayId, system, key: await readKey(keyFile) }
}

/** A system's private JWK. Errors: `CliError` (configuration) naming the file, never what it holds. */
export async function readKey(path: string): Promise<Jwk> {
  try {
    const jwk = JSON.parse(await readFile(path, 'utf8')) as Jwk
    importSigningJwk({ ...jwk })
    return jwk
  } catch (thrown) {
    const why = (thrown as NodeJS.ErrnoException).code ?? (thrown as Error).name
    throw configError(`私钥文件 ${path} 不可用（${why}）`, `private key file ${path} cannot be used (${why})`)
  }
}
