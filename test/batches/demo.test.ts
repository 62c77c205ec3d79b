import { afterAll, beforeAll, expect, it } from 'vitest'
import { batchSteps } from '../../seeds/demo/batch-steps.ts'
import { createVoice } from '../../seeds/demo/printing.ts'
import type { Walk } from '../../seeds/demo/step.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

const LINES = 300
let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

/** One walk of the demonstration's batch step, with what it printed. */
async function walk(signal: AbortSignal, onWrite: (text: string) => void = () => undefined): Promise<string> {
  let printed = ''
  const write = (text: string) => {
    printed += text
    onWrite(text)
  }
  const part = {
    city: { population: city.population },
    voice: createVoice({ write }, false),
    client: city.client,
    signal,
  }
  for (const step of batchSteps(LINES)) await step.run(part as unknown as Walk)
  return printed
}

it('the walk-through’s batch shows how far it is and runs to its destruction', async () => {
  const printed = await walk(new AbortController().signal)
  expect(printed).toMatch(/\[█{24}\] 100% {2}300\/300 {2}每秒 [\d,]+ 行 {2}用时/)
  expect(printed.trimEnd().split('\n').at(-1)).toMatch(/^ *✓/)
  expect(await city.sql('select count(*)::int as n from batch_lines')).toEqual([{ n: 0 }])
}, 90_000)

it('Ctrl-C cancels it: what was finished is said, nothing more is asked', async () => {
  const stop = new AbortController()
  let printed = ''
  await expect(
    walk(stop.signal, (text) => {
      printed += text
      stop.abort()
    }),
  ).rejects.toMatchObject({ name: 'AbortError' })
  expect(printed).toContain('批次已取消')
  expect(
    await city.sql(`select state, completed_at is not null as done from batches order by created_at desc limit 1`),
  ).toEqual([{ state: 'cancelled', done: true }])
}, 90_000)
