import { createHmac } from 'node:crypto'
import canonicalize from 'canonicalize'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AdministrativeAct } from '../../gateway/operators/types.ts'
import { crypto, type Management, management, SEAL_KEY } from './management.ts'

const act = (changes: Partial<AdministrativeAct> = {}): AdministrativeAct => ({
  operator: { id: 'op-audit', name: '测试审计', role: 'audit-administrator', member: 'rc-dsj' },
  verb: 'dossier.view',
  subjectDigest: 'k1:abc',
  target: null,
  reason: '群众信访核查 2026-031',
  details: { rows: 3, complete: true, period: null },
  ...changes,
})

describe('administrative records', () => {
  let plane: Management
  beforeAll(async () => {
    plane = await management()
  })
  afterAll(() => plane.stop())

  it('stand in the log of exchanges with who, role, verb, target, reason and details', async () => {
    const { exchangeId, index } = await plane.records.append(act())
    const stored = await plane.log.find(exchangeId)
    expect(stored).toMatchObject({
      index,
      columns: { mode: 'admin', code: null, outcome: 'released', member: 'rc-dsj', system: 'operator' },
      subjectDigest: 'k1:abc',
      issuerJwt: null,
    })
    const entry = JSON.parse(stored!.entry.toString())
    expect(canonicalize(entry)).toBe(stored!.entry.toString())
    expect(entry).toMatchObject({
      v: 2,
      kind: 'administration',
      verb: 'dossier.view',
      reason: '群众信访核查 2026-031',
      details: { rows: 3, complete: true, period: null },
      operator: { role: 'audit-administrator' },
      scenario: null,
      address: null,
    })
    const [side] = await plane.database.sql<{ salt: Buffer; operator_digest: string; sealed_operator: Buffer }>(
      'select salt, operator_digest, sealed_operator from record_sides where index = $1',
      [String(index)],
    )
    const commit = (text: string) => createHmac('sha256', side!.salt).update(text).digest('base64url')
    expect(entry.operator.commitment).toBe(commit('operator:op-audit'))
    expect(entry.subject.commitment).toBe(commit('subject-digest:k1:abc'))
    expect(side!.operator_digest).toBe(plane.digests.ofOperator('operator', 'op-audit'))
    const opened = crypto.open('A256GCM', SEAL_KEY, side!.sealed_operator, `operator:${exchangeId}`)
    expect(JSON.parse(opened.toString())).toMatchObject({ id: 'op-audit', name: '测试审计' })
    expect(stored!.entry.toString()).not.toMatch(/op-audit|测试审计|k1:abc/)
  })

  it.each<{ name: string; changes: Partial<AdministrativeAct> }>([
    { name: 'a reason that names a person by number', changes: { reason: '核查 11010519491231002X 的投诉' } },
    { name: 'a target that does', changes: { target: '11010519491231002X' } },
    { name: 'a detail that does', changes: { details: { filter: '11010519491231002X' } } },
    { name: 'a reason without end', changes: { reason: '长'.repeat(1001) } },
  ])('refuse $name', async ({ changes }) => {
    const before = (await plane.entries()).length
    const refused = plane.records.append(act(changes))
    await expect(refused).rejects.toMatchObject({ code: 'request.malformed' })
    await expect(refused).rejects.not.toThrow(/11010519491231002X/)
    expect(await plane.entries()).toHaveLength(before)
  })
})
