import { describe, expect, it } from 'vitest'
import { type ConfigError, loadConfig } from '../gateway/config.ts'

const complete = {
  GUANYI_GATEWAY_ID: 'guanyi:371082',
  GUANYI_PLATFORM: '威海市政务数据平台',
  GUANYI_SOFTWARE_CRYPTO: 'acknowledged',
  GUANYI_KEYS_DIR: '/etc/guanyi/keys',
  GUANYI_ENDPOINTS_FILE: '/etc/guanyi/endpoints.json',
  DATABASE_URL: 'postgres://gateway:secret@127.0.0.1/guanyi',
  REDIS_URL: 'redis://127.0.0.1:6379',
}
const faultsOf = (env: Record<string, string | undefined>): string[] => {
  try {
    loadConfig(env)
    return []
  } catch (thrown) {
    return (thrown as ConfigError).faults
  }
}

describe('configuration', () => {
  it('reads a complete environment, with defaults in units', () => {
    const config = loadConfig(complete)
    expect(config).toMatchObject({
      profile: 'production',
      data: { host: '127.0.0.1', port: 8080 },
      maxBodyBytes: 262_144,
      redisCacheUrl: complete.REDIS_URL,
    })
    expect(Object.isFrozen(config)).toBe(true)
  })
  it.each<{ name: string; change: Record<string, string | undefined>; fault: string }>([
    { name: 'no gateway id', change: { GUANYI_GATEWAY_ID: undefined }, fault: 'GUANYI_GATEWAY_ID' },
    {
      name: 'production that names no platform (R2)',
      change: { GUANYI_PLATFORM: undefined },
      fault: 'GUANYI_PLATFORM',
    },
    {
      name: 'production on software cryptography nobody acknowledged (R80)',
      change: { GUANYI_SOFTWARE_CRYPTO: undefined },
      fault: 'GUANYI_SOFTWARE_CRYPTO',
    },
    { name: 'production without Redis', change: { REDIS_URL: undefined }, fault: 'REDIS_URL' },
    { name: 'a misspelt setting', change: { GUANYI_MAX_BODY_BYTE: '1' }, fault: 'GUANYI_MAX_BODY_BYTE' },
    { name: 'a port that is none', change: { GUANYI_PORT: '80x' }, fault: 'GUANYI_PORT' },
    { name: 'an empty value counts as absent', change: { GUANYI_KEYS_DIR: '' }, fault: 'GUANYI_KEYS_DIR' },
  ])('refuses $name', ({ change, fault }) => {
    expect(faultsOf({ ...complete, ...change }).some((line) => line.startsWith(`${fault}:`))).toBe(true)
  })
  it('names every fault at once and repeats no value', () => {
    const faults = faultsOf({ DATABASE_URL: 'mysql://root:hunter2@db/x', GUANYI_PORT: 'hunter2' })
    expect(faults.length).toBeGreaterThan(4)
    expect(faults.join()).not.toContain('hunter2')
  })
})
