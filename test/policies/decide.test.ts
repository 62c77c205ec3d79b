import { describe, expect, it } from 'vitest'
import { createDecisionPoint } from '../../policies/engine/decide.ts'
import { PolicySetError } from '../../policies/engine/policy-set.ts'
import type { DecisionQuery, FieldFacts, Grant } from '../../policies/engine/types.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { fact, factsOf, grant, NOW, query } from './builders.ts'

const texts = readPolicyTexts()
const point = createDecisionPoint(texts)
const A = 'household-registration.address'
const H = 'household-registration.householder'

const decide = (over: Partial<DecisionQuery>, grants: Grant[], facts?: FieldFacts[], by = point) => {
  const asked = query(over)
  return by.decide(asked, grants, facts ?? factsOf(asked.fields), 1n)
}

describe('decide', () => {
  it('names for each field the first permitted grant in the order of ids', () => {
    const decision = decide({ fields: [A, H] }, [grant({ id: 'g2' }), grant({ id: 'g1', fields: [H] })])
    expect(decision).toMatchObject({
      effect: 'permit',
      fieldGrants: { [A]: 'g2', [H]: 'g1' },
      grants: ['g1', 'g2'],
      policies: ['within-grant'],
    })
  })

  it('refuses the whole when one field is not covered, and names it', () => {
    const decision = decide({ fields: [A, 'tax.status'] }, [grant()])
    expect(decision).toMatchObject({
      effect: 'forbid',
      code: 'access.denied',
      alarm: false,
      reasons: [{ rule: 'not-granted', fields: ['tax.status'] }],
    })
  })

  it('answers a field without facts exactly like an ungranted one, also when a grant names it', () => {
    const unknown = decide({ fields: ['x.y'] }, [grant({ fields: ['x.y'] })], [])
    const ungranted = decide({ fields: ['x.y'] }, [], factsOf(['x.y']))
    expect({ ...unknown, validUntilMs: 0 }).toEqual({ ...ungranted, validUntilMs: 0 })
    expect(unknown.effect).toBe('forbid')
  })

  it.each(['__proto__', 'constructor', 'toString'])('does not take the field name `%s` for granted', (field) => {
    expect(decide({ fields: [A, field] }, [grant()])).toMatchObject({ effect: 'forbid' })
  })

  it('refuses a request without fields', () => {
    expect(decide({ fields: [] }, [grant()])).toMatchObject({ effect: 'forbid', code: 'access.denied' })
  })

  it('hears the global forbids also when no grant is there to judge', () => {
    const decision = decide({}, [], factsOf([A], { shareClass: 'not-shared' }))
    expect(decision).toMatchObject({
      effect: 'forbid',
      policies: ['not-shared'],
      reasons: [{ policy: 'not-shared', fields: [A] }],
    })
  })

  it('lets a forbid that fires on one candidate refuse fields another candidate gives', () => {
    const faulty = grant({ id: 'g2', fields: [H], specificPurpose: '特定目的' })
    const decision = decide({ fields: [A, H] }, [grant(), faulty], [fact(A), fact(H, { sensitive: true })])
    expect(decision).toMatchObject({
      effect: 'forbid',
      policies: ['sensitive-second-approver', 'sensitive-specific-purpose'],
    })
    expect(
      decision.effect === 'forbid' && decision.reasons.map(({ rule, grant: id, fields }) => [rule, id, fields]),
    ).toEqual([
      ['sensitive-second-approver', 'g1', [H]],
      ['sensitive-specific-purpose', 'g1', [H]],
      ['sensitive-second-approver', 'g2', [H]],
    ])
  })

  it.each<[string, Partial<Grant>[], string]>([
    ['only expired', [{ status: 'expired' }], 'grant.expired'],
    [
      'past its end though nobody moved its status',
      [{ term: { from: '2026-01-01T00:00:00Z', until: '2026-09-01T02:00:00Z' } }],
      'grant.expired',
    ],
    ['only suspended', [{ status: 'suspended' }], 'grant.suspended'],
    [
      'suspended beside an expired predecessor',
      [{ id: 'g0', status: 'expired' }, { status: 'suspended' }],
      'grant.suspended',
    ],
    [
      'suspended for one half, expired for the other',
      [
        { id: 'g0', status: 'expired', fields: [A] },
        { status: 'suspended', fields: [H] },
      ],
      'grant.expired',
    ],
    ['suspended for half of what is asked', [{ status: 'suspended', fields: [A] }], 'access.denied'],
    ['suspended and for another purpose', [{ status: 'suspended', purposes: ['其他'] }], 'access.denied'],
    [
      'suspended before it began',
      [{ status: 'suspended', term: { from: '2026-10-01T00:00:00Z', until: '2027-01-01T00:00:00Z' } }],
      'access.denied',
    ],
    ['not yet begun', [{ term: { from: '2026-10-01T00:00:00Z', until: '2027-01-01T00:00:00Z' } }], 'access.denied'],
    ['revoked', [{ status: 'revoked' }], 'access.denied'],
    ['draft', [{ status: 'draft' }], 'access.denied'],
  ])('%s → `%s`', (_, overs, code) => {
    const decision = decide(
      { fields: [A, H] },
      overs.map((over) => grant(over)),
    )
    expect(decision).toMatchObject({ effect: 'forbid', code })
  })

  it('explains every refusal in both languages and says what to do next', () => {
    const decision = decide({ purpose: '其他' }, [grant()])
    if (decision.effect !== 'forbid') throw new Error('permitted')
    expect(decision.reasons.map(({ rule }) => rule)).toEqual(['not-granted', 'purpose'])
    for (const { zh, en, next } of decision.reasons) {
      expect([zh, next?.zh].every((text) => /\p{Script=Han}/u.test(text ?? ''))).toBe(true)
      expect([en, next?.en].every((text) => (text ?? '').length > 10)).toBe(true)
    }
  })

  it('does not repeat what the caller wrote as free text', () => {
    const decision = decide({ purpose: '371099198803120026', item: 'secret-item', address: '9.9.9.9' }, [
      grant({ items: ['i'] }),
    ])
    expect(JSON.stringify(decision)).not.toMatch(/371099198803120026|secret-item|9\.9\.9\.9/)
  })
})

describe('a fault closes the door and raises an alarm (Cedar alone would permit)', () => {
  // Passes the validator, overflows when evaluated: the kind of forbid that Cedar skips.
  const erring = `@id("erring") @reason("测试") @reason_en("test") forbid (principal, action, resource)
    when { context.nowMs * 9223372036854775807 > 0 };`
  const broken = createDecisionPoint({ ...texts, policyText: `${texts.policyText}\n${erring}` })

  it.each<[string, () => ReturnType<typeof decide>]>([
    ['a forbid that raises an evaluation error', () => decide({}, [grant()], undefined, broken)],
    ['the same without any candidate', () => decide({}, [], undefined, broken)],
    ['a grant whose network is malformed', () => decide({}, [grant({ conditions: { networks: ['10.10.0.0/99'] } })])],
    [
      'a grant whose term is malformed',
      () => decide({}, [grant({ term: { from: 'yesterday', until: '2027-01-01T00:00:00Z' } })]),
    ],
    ['a candidate that is not shaped like a grant', () => decide({}, [{ id: 'g2', fields: [A] } as Grant])],
    ['a request whose time is no integer', () => decide({ nowMs: NOW + 0.5 }, [grant()])],
    [
      'one broken candidate among good ones',
      () => decide({}, [grant(), grant({ id: 'g2', conditions: { networks: ['x'] } })]),
    ],
  ])('%s', (_, run) => {
    const decision = run()
    expect(decision).toMatchObject({
      effect: 'forbid',
      code: 'access.denied',
      alarm: true,
      reasons: [{ rule: 'evaluation-error' }],
    })
    expect(decision.validUntilMs).toBeLessThanOrEqual(NOW + 1)
  })

  // Grants come out of a database as JSON: whatever is in the wrong type there must close the door, not open it.
  it.each<[string, unknown]>(
    Object.entries({
      scenario: 7,
      consumer: null,
      fields: A,
      modes: 'query',
      items: { 0: 'rongcheng-p-008' },
      purposes: null,
      term: {},
      conditions: { ...grant().conditions, hours: { from: '8', to: '18' } },
      legalBasis: 1,
      specificPurpose: 1,
      approvals: 'consumer-head',
    }),
  )('never permits by a grant whose `%s` has another type', (member, value) => {
    const odd = { ...grant(), [member]: value } as Grant
    expect(decide({}, [odd])).toMatchObject({ effect: 'forbid' })
  })

  it.each<[string, unknown]>(
    Object.entries({
      case: 1,
      operator: undefined,
      signed: 'false',
      subjectIsParty: null,
      divisions: '371082',
      networks: '10.10.0.0/16',
      hours: 8,
    }),
  )('never permits by a grant whose condition `%s` has another type', (member, value) => {
    const odd = { ...grant(), conditions: { ...grant().conditions, [member]: value } } as Grant
    expect(decide({}, [odd])).toMatchObject({ effect: 'forbid' })
  })

  it('is not caused by a broken draft, which is no authority', () => {
    expect(decide({}, [grant(), grant({ id: 'g2', status: 'draft', conditions: { networks: ['x'] } })])).toMatchObject({
      effect: 'permit',
    })
  })
})

describe('a policy set that cannot be trusted is refused at load', () => {
  const annotated = (body: string, id = 'p') => `@id("${id}") @reason("测试") @reason_en("test") ${body}`
  it.each([
    ['text that does not parse', 'permit ('],
    ['an attribute the schema lacks', annotated('forbid (principal, action, resource) when { context.missing == 1 };')],
    [
      'a condition that is always false',
      annotated('permit (principal, action, resource) when { resource is Guanyi::System };'),
    ],
    ['no annotations', 'permit (principal, action, resource);'],
    ['the English reason missing', '@id("p") @reason("测试") permit (principal, action, resource);'],
    [
      'an id used twice',
      annotated('permit (principal, action, resource);') + annotated('forbid (principal, action, resource);'),
    ],
    ['a template', annotated('permit (principal == ?principal, action, resource);')],
  ])('%s', (_, policyText) => {
    expect(() => createDecisionPoint({ ...texts, policyText })).toThrow(PolicySetError)
  })

  it('a schema that does not parse', () => {
    expect(() => createDecisionPoint({ ...texts, schemaText: 'entity' })).toThrow(PolicySetError)
  })
})

describe('versions', () => {
  it('change with every byte of schema and policies', () => {
    const changed = createDecisionPoint({ ...texts, policyText: `${texts.policyText}\n` })
    expect(point.policyVersion).toMatch(/^[\w-]{43}$/)
    expect(changed.policyVersion).not.toBe(point.policyVersion)
    expect(createDecisionPoint(texts).policyVersion).toBe(point.policyVersion)
  })

  it('keep deciding by their own set when more sets are loaded than there are slots', () => {
    const closed = Array.from({ length: 20 }, (_, n) =>
      createDecisionPoint({
        ...texts,
        policyText: `${texts.policyText}\n@id("n${n}") @reason("测试") @reason_en("t") forbid (principal, action, resource);`,
      }),
    )
    expect(decide({}, [grant()])).toMatchObject({ effect: 'permit' })
    closed.forEach((other, n) => {
      expect(decide({}, [grant()], undefined, other)).toMatchObject({ effect: 'forbid', policies: [`n${n}`] })
    })
    expect(decide({}, [grant()])).toMatchObject({ effect: 'permit' })
  })
})

describe('validUntilMs', () => {
  const hours = (from: number, to: number) => ({ conditions: { hours: { from, to } } })
  it.each<[string, Parameters<typeof grant>[0][], string]>([
    [
      'the end of a term',
      [{ term: { from: '2026-01-01T00:00:00Z', until: '2026-09-01T12:00:00Z' } }],
      '2026-09-01T12:00:00Z',
    ],
    [
      'the beginning of another',
      [{}, { id: 'g2', term: { from: '2026-09-01T05:00:00Z', until: '2027-01-01T00:00:00Z' } }],
      '2026-09-01T05:00:00Z',
    ],
    ['the closing hour in China', [hours(8, 18)], '2026-09-01T10:00:00Z'],
    ['the opening hour in China', [hours(12, 18)], '2026-09-01T04:00:00Z'],
    ['midnight written as 24', [hours(8, 24)], '2026-09-01T16:00:00Z'],
    ['a day where nothing is ahead', [{}], '2026-09-02T02:00:00Z'],
    [
      'a day, whatever a grant says that names none of the fields',
      [{}, { id: 'g2', fields: ['q.q'], term: { from: '2026-01-01T00:00:00Z', until: '2026-09-01T03:00:00Z' } }],
      '2026-09-02T02:00:00Z',
    ],
  ])('is %s', (_, overs, until) => {
    const decision = decide(
      {},
      overs.map((over) => grant(over)),
    )
    expect(new Date(decision.validUntilMs).toISOString().replace('.000', '')).toBe(until)
  })
})
