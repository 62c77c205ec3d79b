import { GuanyiUnreachable } from './errors.ts'

/** One HTTP call. Errors: `GuanyiUnreachable` naming the place and the network's own code, never the path. */
export async function reach(http: typeof fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await http(url, init)
  } catch (thrown) {
    const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown
    const { code, name } = cause as { code?: string; name?: string }
    throw new GuanyiUnreachable(`${new URL(url).origin} (${code ?? name ?? 'network'})`, { cause: thrown })
  }
}

/** `undefined` where the body is no JSON. `T` is what the interface document promises; callers check what they rely on. */
export async function readJson<T extends object = Record<string, unknown>>(response: Response): Promise<T | undefined> {
  return (await response.json().catch(() => undefined)) as T | undefined
}
