import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import { importSigningJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { actingOperator } from '../../gateway/cli/operators/acting-operator.ts'
import { parseOperatorRegistry } from '../../gateway/operators/registry-file.ts'
import { run } from '../cli/run.ts'

describe('guanyi operator', () => {
  let state: string
  beforeEach(() => {
    state = mkdtempSync(join(inject('runDir'), 'cli-operators-'))
  })
  const guanyi = (...argv: string[]) => run(['operator', ...argv], { env: { GUANYI_STATE_DIR: state } })
  const registry = () => readFileSync(join(state, 'operators.json'), 'utf8')
  const add = (id: string, name: string, role = 'audit-administrator', ...more: string[]) =>
    guanyi('add', id, '--name', name, '--role', role, '--member', 'rc-dsjzx', ...more)

  it('add makes a private key for one person, 0600, and publishes the other half', async () => {
    expect(await guanyi('list')).toMatchObject({ code: 0, out: expect.stringContaining('名册是空的') })
    const added = (await add('op-audit', '测试审计', 'audit-administrator', '--json')).json()
    const keyFile = join(state, 'operators', 'op-audit.jwk.json')
    expect(added).toMatchObject({ id: 'op-audit', role: 'audit-administrator', alg: 'ES256', keyFile })
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    const jwk = importSigningJwk(JSON.parse(readFileSync(keyFile, 'utf8')))
    expect(jwk.kid).toBe(added.kid)
    expect(registry()).not.toContain('"d"')
    expect(parseOperatorRegistry(registry()).get('op-audit')?.keys.has(jwk.kid)).toBe(true)
    expect((await guanyi('list')).out).toMatch(/op-audit\s+测试审计\s+审计管理员\s+rc-dsjzx\s+在用/)
    expect((await actingOperator(keyFile, registry(), 'audit-administrator')).id).toBe('op-audit')
    await expect(actingOperator(keyFile, registry(), 'system-administrator')).rejects.toMatchObject({ exit: 1 })
  })

  it('a further key for changing over, never another person or role under one id', async () => {
    await add('op-audit', '测试审计')
    const out = join(state, 'second.jwk.json')
    expect(await add('op-audit', '测试审计', 'audit-administrator', '--out', out)).toMatchObject({ code: 0 })
    expect(parseOperatorRegistry(registry()).get('op-audit')?.keys.size).toBe(2)
    const third = ['--out', join(state, 'third.jwk.json')]
    expect(await add('op-audit', '测试审计', 'system-administrator', ...third)).toMatchObject({ code: 1 })
    expect(await add('op-audit', '测试另一人', 'audit-administrator', ...third)).toMatchObject({ code: 1 })
    expect(() => statSync(third[1]!)).toThrow()
  })

  it('refuses one person with two roles and leaves the registry as it was', async () => {
    await add('op-audit', '测试审计')
    const before = registry()
    const second = await add('op-system', '测试审计', 'system-administrator')
    expect(second).toMatchObject({ code: 3, err: expect.stringContaining('三员分立') })
    expect(registry()).toBe(before)
    await guanyi('suspend', 'op-audit')
    expect(await add('op-system', '测试审计', 'system-administrator')).toMatchObject({ code: 0 })
  })

  it('suspend stops an operator and keeps the line', async () => {
    await add('op-audit', '测试审计')
    expect(await guanyi('suspend', 'op-audit')).toMatchObject({ code: 0 })
    expect(parseOperatorRegistry(registry()).get('op-audit')?.status).toBe('suspended')
    const keyFile = join(state, 'operators', 'op-audit.jwk.json')
    await expect(actingOperator(keyFile, registry(), 'audit-administrator')).rejects.toMatchObject({ exit: 1 })
    expect(await guanyi('suspend', 'op-nobody')).toMatchObject({ code: 2, err: expect.stringContaining('op-audit') })
  })

  it('a key that is none is not quoted', async () => {
    await add('op-audit', '测试审计')
    const faulty = join(state, 'operators.json')
    const refused = actingOperator(faulty, registry(), 'audit-administrator')
    await expect(refused).rejects.toMatchObject({ exit: 2 })
    await expect(refused).rejects.not.toThrow(/kty/)
  })
})
