import { describe, expect, it } from 'vitest'
import { createGroupCommit, type GroupCommitOptions } from '../../../gateway/adapters/postgres/log/group-commit.ts'

/** A store that commits when told to, and remembers every group. */
function held(options: Partial<GroupCommitOptions<number, number>> = {}) {
  const groups: number[][] = []
  const waiting: { commit: () => void; fail: (error: Error) => void }[] = []
  const commit = createGroupCommit<number, number>({
    maxGroup: 4,
    maxQueued: 10,
    deadlineMs: 10_000,
    now: () => performance.now(),
    send: (items) =>
      new Promise((resolve, reject) => {
        groups.push([...items])
        waiting.push({ commit: () => resolve(items.map((item) => item * 10)), fail: reject })
      }),
    blamesAnItem: () => false,
    ...options,
  })
  const next = async () => {
    const turn = waiting.shift()
    await new Promise((resolve) => setTimeout(resolve))
    return turn!
  }
  return { groups, commit, next }
}
const soon = () => new Promise((resolve) => setTimeout(resolve))

describe('group commit', () => {
  it('sends the first alone at once, and what came meanwhile together, in order', async () => {
    const { groups, commit, next } = held()
    const answers = Promise.all([1, 2, 3, 4, 5, 6].map((item) => commit.submit([item], false)))
    for (let turn = 0; turn < 3; turn += 1) {
      ;(await next()).commit()
      await soon()
    }
    expect(await answers).toEqual([[10], [20], [30], [40], [50], [60]])
    expect(groups).toEqual([[1], [2, 3, 4, 5], [6]])
    await commit.drained()
  })

  it('sends what belongs together in a group of its own', async () => {
    const { groups, commit, next } = held()
    const answers = Promise.all([[1], [2], [3, 4, 5, 6, 7], [8]].map((items) => commit.submit(items, items.length > 1)))
    for (let turn = 0; turn < 4; turn += 1) {
      ;(await next()).commit()
      await soon()
    }
    expect(await answers).toEqual([[10], [20], [30, 40, 50, 60, 70], [80]])
    expect(groups).toEqual([[1], [2], [3, 4, 5, 6, 7], [8]])
  })

  it('refuses at once when too many wait', async () => {
    const { commit, next } = held({ maxQueued: 2 })
    const first = [1, 2, 3].map((item) => commit.submit([item], false))
    await expect(commit.submit([4], false)).rejects.toMatchObject({ code: 'record.unavailable' })
    ;(await next()).commit()
    await soon()
    ;(await next()).commit()
    expect(await Promise.all(first)).toEqual([[10], [20], [30]])
  })

  it('nobody waits longer than the deadline, in flight or in the queue, and no one late is sent', async () => {
    const { groups, commit, next } = held({ deadlineMs: 50 })
    const start = performance.now()
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => commit.submit([item], false)))
    expect(performance.now() - start).toBeLessThan(500)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'record.unavailable' } })
    const late = commit.submit([4], false)
    ;(await next()).commit()
    await soon()
    ;(await next()).commit()
    expect(await late).toEqual([40])
    expect(groups).toEqual([[1], [4]])
  })

  it('a lost group rejects those in it and nobody else', async () => {
    const { commit, next } = held()
    const outcomes = Promise.allSettled([1, 2, 3].map((item) => commit.submit([item], false)))
    ;(await next()).commit()
    await soon()
    ;(await next()).fail(new Error('connection lost'))
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    const after = commit.submit([4], false)
    await soon()
    ;(await next()).commit()
    expect(await after).toEqual([40])
  })

  it('finds the one item a group fails for', async () => {
    const tried: number[][] = []
    const { commit } = held({
      maxGroup: 100,
      send: async (items) => {
        tried.push([...items])
        if (items.includes(5)) throw new Error('five')
        return items.map((item) => item * 10)
      },
      blamesAnItem: () => true,
    })
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4, 5, 6, 7, 8].map((item) => commit.submit([item], false)))
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => n !== 5),
    )
    expect(tried.length).toBeLessThan(9)
  })
})
