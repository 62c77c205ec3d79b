import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import type { PrefillAnswer } from '../../gateway/client/prefill.ts'
import { GUARDIAN, HUSBAND, NOBODY } from '../../seeds/population/cast.ts'
import { ENROLMENT_FORM } from '../../seeds/samples/prefill-samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

/** Long beside what the machine's other work adds, so that a second round of questions, or a skipped one, would show. */
const SOURCE_MS = 150
const ROUNDS = 9
const RELATION_GRANT = 'grant-p2.1-jyj-prefill-relation'

let seeded: Seeded
beforeAll(async () => {
  seeded = await seededGateway({ slowMs: SOURCE_MS })
})
afterAll(() => seeded?.stop())

const guardianFields = ({ fields }: PrefillAnswer) =>
  fields!.filter(({ role }) => role === 'guardian').map(({ id, empty }) => [id, empty])

describe('the relation check is no oracle', () => {
  it('takes as long for a related, an unrelated and an unknown person, and where the relation is not granted', async () => {
    const client = seeded.client('rc-enrolment')
    const times = new Map<string, number[]>()
    const answers = new Map<string, PrefillAnswer>()
    const round = async (kind: string, { id, name }: { id: string; name: string }) => {
      const { subject } = ENROLMENT_FORM.subjects
      const guardian = { type: 'person', idType: 'resident-id', id, name } as const
      const startedAt = performance.now()
      const answer = await client.prefill({
        ...ENROLMENT_FORM,
        maxAgeSeconds: 0,
        subjects: { subject: subject!, guardian },
      })
      times.set(kind, [...(times.get(kind) ?? []), performance.now() - startedAt])
      answers.set(kind, answer)
    }
    const people = { related: GUARDIAN, unrelated: HUSBAND, unknown: NOBODY }
    for (const who of Object.values(people)) await round('warm', who)
    for (const service of Object.values(seeded.providers.services)) service.setMode('slow')
    // Taken in turns: whatever else the machine does falls on all alike.
    for (let turn = 0; turn < ROUNDS; turn++) for (const [kind, who] of Object.entries(people)) await round(kind, who)
    const grants = createPostgresGrantStore({ url: seeded.ownerUrl })
    try {
      await grants.setStatus(RELATION_GRANT, 'suspended', 'test', 'test')
      for (let turn = 0; turn < ROUNDS; turn++) await round('ungranted', GUARDIAN)
    } finally {
      await grants.setStatus(RELATION_GRANT, 'active', 'test', 'test')
      await grants.close()
    }

    expect(guardianFields(answers.get('unrelated')!)).toEqual(guardianFields(answers.get('unknown')!))
    expect(guardianFields(answers.get('unrelated')!)).toEqual(guardianFields(answers.get('ungranted')!))
    expect(guardianFields(answers.get('unrelated')!)).not.toEqual(guardianFields(answers.get('related')!))
    const middle = (kind: string) => times.get(kind)!.toSorted((a, b) => a - b)[ROUNDS >> 1]!
    const medians = Object.fromEntries([...Object.keys(people), 'ungranted'].map((kind) => [kind, middle(kind)]))
    console.log(
      '预填耗时中位数 prefill medians, ms:',
      JSON.stringify(medians, (_, v) => (v.toFixed ? Math.round(v) : v)),
    )
    for (const kind of Object.keys(medians)) {
      expect(medians[kind]!, kind).toBeGreaterThan(SOURCE_MS)
      // Half a source's time is the noise allowed; one question more or less would be a whole one.
      expect(Math.abs(medians[kind]! - medians.unrelated!), JSON.stringify(medians)).toBeLessThan(SOURCE_MS / 2)
    }
  }, 60_000)
})
