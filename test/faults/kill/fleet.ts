import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withClient } from '../../../seeds/services/postgres-client.ts'
import type { Build } from './build.ts'
import { startChild } from './processes.ts'

/** A gateway process that takes calls. */
export interface Member {
  slot: number
  dataUrl: string
  child: ChildProcess
}

export interface Fleet {
  /** Those that can be asked now. */
  living(): readonly Member[]
  /** Resolves when every slot is filled. */
  whole(): Promise<void>
  /** SIGKILL; a successor is started at once, and `recovered` tells after how many milliseconds it took calls. */
  kill(member: Member): { recovered: Promise<number> }
  /** Whose session holds the lock of the log's integration. */
  integrator(): Promise<Member | undefined>
  /** Processes that ended without being killed by us. */
  unexpectedEnds: string[]
  stop(): Promise<void>
}

/** The lock that `createPostgresLogStore` takes, and the process that has it by the name its sessions bear. */
const HOLDER = `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1
    and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('guanyi.integrate-log', 0)`

export function createFleet(options: {
  build: Build
  env: Record<string, string>
  ownerUrl: string
  logsDir: string
  size: number
}): Fleet {
  const { build, env, ownerUrl, logsDir, size } = options
  const members = new Map<number, Member>()
  const starting = new Map<number, Promise<void>>()
  const killed = new WeakSet<ChildProcess>()
  const unexpectedEnds: string[] = []
  let stopping = false

  function start(slot: number): Promise<void> {
    const begun = begin(slot).finally(() => starting.delete(slot))
    starting.set(slot, begun)
    begun.catch(() => undefined) // heard of by whoever waits for the fleet to be whole
    return begun
  }

  async function begin(slot: number): Promise<void> {
    const url = new URL(env.DATABASE_URL!)
    url.searchParams.set('application_name', nameOf(slot)) // overrides the names the gateway gives its sessions
    const { child, ready } = await startChild(
      build.cli,
      ['serve'],
      { ...env, DATABASE_URL: url.href },
      join(logsDir, `${nameOf(slot)}.log`),
    )
    const member = { slot, child, dataUrl: (ready as { dataUrl: string }).dataUrl }
    child.once('exit', (code, signal) => {
      if (members.get(slot) === member) members.delete(slot)
      if (killed.has(child) || stopping) return
      unexpectedEnds.push(`${nameOf(slot)} (${code ?? signal})`)
      void start(slot)
    })
    members.set(slot, member)
  }

  for (let slot = 1; slot <= size; slot++) void start(slot)

  return {
    unexpectedEnds,
    living: () => [...members.values()],
    async whole() {
      while (starting.size > 0) await Promise.all(starting.values())
    },
    kill(member) {
      const killedAt = performance.now()
      killed.add(member.child)
      members.delete(member.slot)
      member.child.kill('SIGKILL')
      return { recovered: start(member.slot).then(() => performance.now() - killedAt) }
    },
    async integrator() {
      const name = await withClient(ownerUrl, async (client) => (await client.query(HOLDER)).rows[0]?.name)
      return [...members.values()].find(({ slot }) => nameOf(slot) === name)
    },
    async stop() {
      stopping = true
      await Promise.allSettled(starting.values())
      await Promise.all(
        [...members.values()].map(async ({ child }) => {
          const ended = once(child, 'exit')
          child.kill('SIGTERM')
          await Promise.race([ended, sleep(10_000, undefined, { ref: false })])
          if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
        }),
      )
    },
  }
}

const nameOf = (slot: number): string => `gateway-${slot}`
