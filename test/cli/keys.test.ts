import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import { run } from './run.ts'

const NOW = Date.UTC(2026, 10, 20)
let state: string
let nowMs: number
beforeEach(() => {
  state = mkdtempSync(join(inject('runDir'), 'cli-keys-'))
  nowMs = NOW
})
const env = () => ({ GUANYI_KEYS_DIR: join(state, 'keys'), GUANYI_MEMBER_KEYS_DIR: join(state, 'members') })
const guanyi = (...argv: string[]) => run(argv, { env: env(), now: () => nowMs })

describe('keys', () => {
  it('init, list, prepare, rotate: an operator’s way through', async () => {
    expect(await guanyi('keys', 'init')).toMatchObject({ code: 0, out: expect.stringContaining('issuer.jwks.json') })
    expect(await guanyi('keys', 'init')).toMatchObject({ code: 0, out: expect.stringContaining('未作改动') })
    expect(await guanyi('keys', 'rotate')).toMatchObject({ code: 1, err: expect.stringContaining('keys prepare') })

    const prepared = (await guanyi('keys', 'prepare', '--json')).json()
    expect(await guanyi('keys', 'rotate')).toMatchObject({ code: 1, err: expect.stringContaining('600 秒后') })
    nowMs += 600_000
    expect((await guanyi('keys', 'rotate', '--json')).json()).toMatchObject({ kid: prepared.kid, state: 'active' })

    const listed = await guanyi('keys', 'list')
    expect(listed.out).toMatch(/退役（只核验）[\s\S]*在用/)
    const { keys, files } = (await guanyi('keys', 'list', '--json')).json() as {
      keys: { state: string }[]
      files: unknown
    }
    expect(keys.map((key) => key.state)).toEqual(['retired', 'active'])
    expect(files).toEqual([
      { file: 'issuer.jwks.json', mode: '0600' },
      { file: 'secrets.json', mode: '0600' },
    ])
  })
  it('list shows numbers, never a secret or a private half', async () => {
    await guanyi('keys', 'init')
    const { out } = await guanyi('keys', 'list', '--json')
    const secrets = JSON.parse(readFileSync(join(state, 'keys', 'secrets.json'), 'utf8')) as Record<
      string,
      { secret: string }
    >
    const issuer = JSON.parse(readFileSync(join(state, 'keys', 'issuer.jwks.json'), 'utf8')) as {
      keys: { d: string }[]
    }
    for (const { secret } of Object.values(secrets)) expect(out).not.toContain(secret)
    expect(out).not.toContain(issuer.keys[0]!.d)
  })
  it('list without keys is a matter of configuration', async () => {
    expect(await guanyi('keys', 'list')).toMatchObject({ code: 3, err: expect.stringContaining('guanyi keys init') })
  })
})

describe('keys system', () => {
  it.each(['ES256', 'EdDSA'])('%s: private file for the system, public half for the gateway', async (alg) => {
    const made = (await guanyi('keys', 'system', 'rc-enrolment', '--alg', alg, '--json')).json() as Record<
      string,
      string
    >
    expect(statSync(made.keyFile!).mode & 0o777).toBe(0o600)
    const owner = JSON.parse(readFileSync(made.keyFile!, 'utf8')) as Record<string, string>
    expect(owner).toMatchObject({ kid: made.kid, alg, d: expect.any(String) })
    const { keys } = JSON.parse(readFileSync(join(state, 'members', 'rc-enrolment.jwks.json'), 'utf8')) as {
      keys: object[]
    }
    expect(keys).toEqual([expect.not.objectContaining({ d: expect.anything() })])
    expect(keys[0]).toMatchObject({ kid: made.kid, x: owner.x })
  })
  it('a second key stands beside the first, or in its place', async () => {
    await guanyi('keys', 'system', 'rc-enrolment')
    const beside = await guanyi('keys', 'system', 'rc-enrolment', '--out', join(state, 'second.json'), '--json')
    expect(beside.json().kids).toHaveLength(2)
    const only = await guanyi('keys', 'system', 'rc-enrolment', '--out', join(state, 'third.json'), '--only', '--json')
    expect(only.json().kids).toEqual([only.json().kid])
  })
  it('never writes over a private key', async () => {
    await guanyi('keys', 'system', 'rc-enrolment')
    expect(await guanyi('keys', 'system', 'rc-enrolment')).toMatchObject({
      code: 2,
      err: expect.stringContaining('已存在'),
    })
  })
  it('only for registered systems', async () => {
    const ran = await guanyi('keys', 'system', '../evil')
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('没有登记系统 ../evil') })
    expect(ran.err).toContain('rc-enrolment')
  })
})
