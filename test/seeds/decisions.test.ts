import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { DatasetEntry } from '../../gateway/catalog/types.ts'
import { createDecisionPoint } from '../../policies/engine/decide.ts'
import type { DecisionQuery, FieldFacts, Grant, Mode } from '../../policies/engine/types.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { loadFormGrants, loadSeedGrants } from '../../seeds/grants/index.ts'
import { dataset } from './sources.ts'

/** 11:00 in China, so that grants with hours are open. */
const NOW_MS = Date.UTC(2026, 10, 20, 3)
const catalog = await loadCatalog(new URL('../../catalogs', import.meta.url).pathname)
const written = loadSeedGrants(NOW_MS)
const ofForms = loadFormGrants(catalog, NOW_MS)
const grants = [...written, ...ofForms]
const decisions = createDecisionPoint(readPolicyTexts())
const grant = (id: string): Grant => grants.find((candidate) => candidate.id === id)!

function factsOf(name: string): FieldFacts {
  const [id, field] = name.split(':').at(-1)!.split('.') as [string, string]
  const entry: DatasetEntry = dataset(id)
  const { sensitive, personal } = [...entry.fields, ...entry.derived].find((candidate) => candidate.id === field)!
  const { shareClass, signedRequestRequired } = entry
  return { field: name, dataset: id, shareClass, sensitive, personal, signedRequestRequired }
}

const SYSTEM_OF = Object.fromEntries(
  [
    'jyj enrolment',
    'spj approval',
    'rsj social',
    'ybj medical',
    'gjj fund',
    'mzj civil',
    'scjgj market',
    'zrzyj land',
    'cl disabled',
    'swj tax',
    'zjj housing',
    'tyjrj veterans',
    'gaj police',
    'dsjzx bigdata',
    'wjj health',
  ].map((pair) => {
    const [member, system] = pair.split(' ')
    return [`rc-${member}`, `rc-${system}`]
  }),
)

/** A request that keeps every term of the grant. */
function within(given: Grant, change: Partial<DecisionQuery> = {}): DecisionQuery {
  const system = given.consumer.kind === 'system' ? given.consumer.id : SYSTEM_OF[given.consumer.id]!
  const member = Object.keys(SYSTEM_OF).find((id) => SYSTEM_OF[id] === system)!
  return {
    system,
    member,
    scenario: given.scenario,
    item: given.items === 'all' ? null : given.items[0]!,
    mode: given.modes[0] as Mode,
    purpose: given.purposes[0]!,
    fields: given.fields,
    hasCase: true,
    hasApplication: false,
    hasOperator: true,
    signed: true,
    subjectIsParty: false,
    subjectType: 'person',
    division: '371082',
    address: '127.0.0.1',
    nowMs: NOW_MS,
    ...change,
  }
}

function decide(query: DecisionQuery) {
  const candidates = grants.filter(
    ({ scenario, consumer }) => scenario === query.scenario && [query.system, query.member].includes(consumer.id),
  )
  return decisions.decide(query, candidates, query.fields.map(factsOf), 1n)
}

describe('the seed grants, before the decision point', () => {
  const live = written.filter(({ status, term }) => status === 'active' && Date.parse(term.until) > NOW_MS)

  it.each(live.map(({ id }) => id))('%s permits a request within its terms, for all of its fields', (id) => {
    expect(decide(within(grant(id)))).toMatchObject({ effect: 'permit' })
  })

  it.each(live.map(({ id }) => id))('%s permits nothing for another purpose', (id) => {
    expect(decide(within(grant(id), { purpose: '其他用途' }))).toMatchObject({
      effect: 'forbid',
      code: 'access.denied',
    })
  })

  it('permits every complete form to be filled whole under one purpose, and under no other purpose', () => {
    for (const given of ofForms) {
      for (const purpose of given.purposes) {
        const decision = decide(within(given, { purpose, hasCase: false, hasApplication: true }))
        expect(decision, given.id).toMatchObject({ effect: 'permit', grants: [given.id] })
      }
      expect(decide(within(given, { purpose: '其他用途' })), given.id).toMatchObject({ effect: 'forbid' })
      expect(decide(within(given, { mode: 'query' })), given.id).toMatchObject({ effect: 'forbid' })
    }
  })

  it('permits the sample request, and refuses its fields under another scenario', () => {
    const fields = [
      'household-registration.address',
      'household-registration.householder',
      'guardian:real-estate.certificateNo',
    ]
    const query = within(grant('grant-p2.1-jyj-enrolment'), {
      fields,
      item: 'rongcheng-p-008',
      purpose: '义务教育入学资格核验',
    })
    expect(decide(query)).toMatchObject({ effect: 'permit', grants: ['grant-p2.1-jyj-enrolment'] })
    expect(decide({ ...query, scenario: 'P2.4' })).toMatchObject({ effect: 'forbid', code: 'access.denied' })
    expect(decide({ ...query, hasCase: false })).toMatchObject({ effect: 'forbid' })
    expect(decide({ ...query, hasOperator: false })).toMatchObject({ effect: 'forbid' })
  })

  it('says of an expired and of a suspended grant which it is', () => {
    expect(decide(within(grant('grant-p2.2-jyj-transfer')))).toMatchObject({ effect: 'forbid', code: 'grant.expired' })
    expect(decide(within(grant('grant-p4.4-rsj-unemployment')))).toMatchObject({
      effect: 'forbid',
      code: 'grant.suspended',
    })
    expect(decide(within(grant('grant-p8.1-ybj-chronic')))).toMatchObject({ effect: 'forbid', code: 'access.denied' })
  })

  it('takes an application number where the grant allows one, and a signature where it demands one', () => {
    const noCase = { hasCase: false, hasApplication: true }
    expect(decide(within(grant('grant-e1.1-scjgj-establishment'), noCase))).toMatchObject({ effect: 'permit' })
    expect(decide(within(grant('grant-e5.1-scjgj-change'), noCase))).toMatchObject({ effect: 'forbid' })
    expect(decide(within(grant('grant-p5.1-swj-deed-tax'), { signed: false }))).toMatchObject({ effect: 'forbid' })
  })

  it('lets no grant open an adoption file', () => {
    const given = { ...grant('grant-p7.1-mzj-marriage'), fields: ['adoption-file.adopterName'] }
    const query = within(given)
    expect(decisions.decide(query, [given], query.fields.map(factsOf), 1n)).toMatchObject({ effect: 'forbid' })
  })
})
