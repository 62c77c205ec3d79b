import { setTimeout as sleep } from 'node:timers/promises'
import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import { openCheckpoint } from '../../../gateway/log/checkpoint.ts'
import { parseVkey } from '../../../gateway/log/note-key.ts'
import { call } from '../../support/wire.ts'
import type { Fleet } from './fleet.ts'
import { oneOf } from './random.ts'

const EVERY_MS = 60

/** The checkpoints an onlooker saw, size to root. */
export interface Onlooker {
  readonly seen: ReadonlyMap<number, string>
  /** Size of the last one seen. */
  size(): number
  /** Two roots for one size, a smaller size after a larger one, or a note the log did not sign. */
  readonly faults: readonly string[]
  /** Why nothing could be read, how often. */
  missed(): number
  stop(): Promise<void>
}

/** Asks one living gateway after the other for the checkpoint and remembers all of them. */
export function watchCheckpoints(fleet: Fleet, logVkey: string, random: () => number): Onlooker {
  const crypto = createSoftwareCrypto()
  const logKey = parseVkey(logVkey)
  const seen = new Map<number, string>()
  const faults: string[] = []
  let largest = 0
  let missed = 0
  let running = true

  async function look(): Promise<void> {
    const member = oneOf(fleet.living(), random)
    const answered = await (member === undefined
      ? undefined
      : call(member.dataUrl, { method: 'GET', path: '/log/checkpoint' }).catch(() => undefined))
    if (answered?.status !== 200) {
      missed += 1
      return
    }
    const { size, root: hash } = await openCheckpoint(crypto, answered.text, [logKey])
    const root = hash.toString('base64')
    const known = seen.get(size)
    if (known !== undefined && known !== root) faults.push(`规模 ${size} 有两个根 / two roots for size ${size}`)
    if (size < largest) faults.push(`检查点由 ${largest} 退到 ${size} / went back from ${largest} to ${size}`)
    seen.set(size, root)
    largest = Math.max(largest, size)
  }

  const watching = (async () => {
    while (running) {
      await look().catch((thrown: Error) => faults.push(`检查点不可信 / not the log's checkpoint: ${thrown.message}`))
      await sleep(EVERY_MS)
    }
  })()
  return {
    seen,
    faults,
    size: () => largest,
    missed: () => missed,
    async stop() {
      running = false
      await watching
    },
  }
}
