import canonicalize from 'canonicalize'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GuanyiProblem } from '../../gateway/client/index.ts'
import { loadSeedGrants } from '../../seeds/grants/index.ts'
import { SAMPLES } from '../../seeds/samples/samples.ts'
import { noMariadb } from '../connectors/mariadb.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

let city: Seeded
beforeAll(async () => {
  city = await seededGateway({ county: true, mariadb: true })
}, 120_000)
afterAll(() => city?.stop())

describe('samples of the demo', () => {
  it.each(SAMPLES)('$name → $expect', async ({ system, mode, request, expect: outcome }) => {
    const got = await city
      .client(system)
      [mode](structuredClone(request))
      .then(({ sources }) => ({
        outcome: 'released',
        // A question to people that waits is not a source that is down.
        statuses: Object.values(sources).map(({ status, task }) => (task?.state === 'pending' ? 'pending' : status)),
      }))
      .catch((thrown: unknown) => {
        if (thrown instanceof GuanyiProblem) return { outcome: thrown.problem.code, problem: thrown.problem }
        throw thrown
      })
    expect(got, JSON.stringify(got)).toMatchObject({ outcome })
    const away = noMariadb && (request.fields ?? []).some((field) => field.includes('medical-insurance.'))
    if ('statuses' in got && !away) expect(got.statuses).not.toContain('unavailable')
  })

  it('leave entries in canonical form (RFC 8785), as an independent canonicaliser writes them', async () => {
    const rows = await city.sql<{ entry: Buffer }>('select entry from records order by index')
    expect(rows.length).toBeGreaterThanOrEqual(SAMPLES.length - 1)
    for (const { entry } of rows) expect(entry.toString()).toBe(canonicalize(JSON.parse(entry.toString())))
  })

  it('cover every mode, every dataset that a grant in force opens, and every subject type', () => {
    const released = SAMPLES.filter((sample) => sample.expect === 'released')
    const datasets = new Set(
      released
        .flatMap(({ request }) => [...(request.fields ?? []), ...Object.keys(request.claims ?? {})])
        .map((field) => field.split('.')[0]!.split(':').at(-1)),
    )
    const granted = new Set(
      loadSeedGrants(Date.now())
        .filter(({ status }) => status === 'active')
        .flatMap(({ fields }) => fields.map((field) => field.split('.')[0]!.split(':').at(-1)!)),
    )
    expect([...datasets].sort()).toEqual([...granted].sort())
    expect(new Set(released.map(({ mode }) => mode))).toEqual(new Set(['query', 'verify', 'dossier']))
    expect(new Set(released.map(({ request }) => request.subject.type)).size).toBe(5)
  })
})
