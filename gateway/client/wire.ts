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

export async function readJson(response: Response): Promise<Record<string, unknown> | undefined> {
  return (await response.json().catch(() => undefined)) as Record<string, unknown> | undefined
}
