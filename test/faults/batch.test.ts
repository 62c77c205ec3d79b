import { expect, it } from 'vitest'
import { runBatchFaults } from './batch/run.ts'

/** `npm run faults -- batch` does the same with 100,000 lines and twice the blows. */
it('2,000 lines through a killed worker, a restarted and an emptied Redis, a killed PostgreSQL: each recorded once, none that was finished asked again', async () => {
  const { faults } = await runBatchFaults({ lines: 2_000, warmUp: 300, rounds: 1, limitSeconds: 120 }, console.log)
  expect(faults).toEqual([])
}, 180_000)
