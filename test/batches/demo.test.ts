import { afterAll, beforeAll, expect, it } from 'vitest'
import { BATCH_STEPS } from '../../seeds/demo/batch-steps.ts'
import type { Walk } from '../../seeds/demo/step.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

it('the walk-through’s batch runs to its destruction', async () => {
  const said: string[] = []
  const walk = {
    city: { dataUrl: city.gateway.dataUrl, installation: city.installation },
    voice: { say: (zh: string) => void said.push(zh) },
  } as unknown as Walk
  for (const step of BATCH_STEPS) await step.run(walk)
  expect(said.at(-1)).toMatch(/^✓/)
  expect(await city.sql('select count(*)::int as n from batch_lines')).toEqual([{ n: 0 }])
}, 90_000)
