import { findOnPath, versionOf } from './programs.ts'
import { packagedRedis } from './redis-apt.ts'

export interface RedisProgram {
  readonly file: string
  readonly version: string
  readonly origin: 'system' | 'packages'
  /** What the program needs to find its libraries when they are not installed. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

export interface RedisSearch {
  readonly cacheDir: string
  readonly log: (line: string) => void
}

export type RedisSource = (search: RedisSearch) => Promise<RedisProgram | undefined>

/** BullMQ 6 asks for Redis 6.2; every Valkey is newer. */
const OLDEST = [6, 2] as const

/** What is installed, under either name. */
export const installedRedis: RedisSource = async () => {
  for (const name of ['redis-server', 'valkey-server']) {
    const file = findOnPath(name)
    const version = file && (await versionOf(file))
    if (file && version && isNewEnough(version)) return { file, version, origin: 'system' }
  }
  return undefined
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

/** The ladder of programs, best first; a container comes after it. */
export const REDIS_SOURCES: readonly RedisSource[] = [installedRedis, packagedRedis]
