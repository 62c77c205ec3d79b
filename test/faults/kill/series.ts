import { setTimeout as sleep } from 'node:timers/promises'
import { call } from '../../support/wire.ts'
import type { Onlooker } from './checkpoints.ts'
import type { City } from './city.ts'
import type { Member } from './fleet.ts'
import type { Ledger } from './ledger.ts'
import type { Kind } from './options.ts'
import { between, oneOf } from './random.ts'

export interface SeriesDeps {
  city: City
  ledger: Ledger
  onlooker: Onlooker
  random: () => number
  /** Throws when the run's time is over. */
  assertInTime: () => void
  onKill: (done: number) => void
}

/** Between recovery and the next kill. */
const LEAST_MS = 150
const MOST_MS = 400
/** How long PostgreSQL stays away before it is started again, at most. */
const AWAY_MS = 200
const POLL_MS = 15
/** A recovery that takes longer is a fault of its own. */
const GIVE_UP_MS = 60_000

/** Wrapped, so that a recovery may go on while the next blow falls. */
interface Struck {
  recovered: Promise<number>
}

/** Kills so many times at random moments; answers how long each recovery took, in milliseconds. */
export async function killSeries(kind: Kind, kills: number, deps: SeriesDeps): Promise<number[]> {
  const strike = { gateway: killGateway, postgres: killPostgres, integrator: killIntegrator }[kind]
  const recoveries: Promise<number>[] = []
  for (let done = 1; done <= kills; done++) {
    await sleep(between(LEAST_MS, MOST_MS, deps.random))
    const { recovered } = await strike(deps)
    recovered.catch(() => undefined) // heard of below
    recoveries.push(recovered)
    deps.onKill(done)
  }
  return Promise.all(recoveries)
}

/**
 * Any gateway, as long as another one lives. Recovered: its successor takes calls. It comes back while the next one is
 * killed already.
 */
async function killGateway(deps: SeriesDeps): Promise<Struck> {
  const { fleet } = deps.city
  await until(deps, async () => fleet.living().length > 1)
  return fleet.kill(oneOf(fleet.living(), deps.random)!)
}

/** Recovered: every gateway is ready again, without having been restarted, and a caller has been answered. */
async function killPostgres(deps: SeriesDeps): Promise<Struck> {
  const { postgres, fleet } = deps.city
  const killedAt = performance.now()
  postgres.kill()
  await sleep(AWAY_MS * deps.random())
  await postgres.restart()
  const before = deps.ledger.released
  await until(deps, async () => (await Promise.all(fleet.living().map(isReady))).every(Boolean))
  await until(deps, async () => deps.ledger.released > before)
  return { recovered: Promise.resolve(performance.now() - killedAt) }
}

/** Recovered: another process has the lock and has published a larger checkpoint. */
async function killIntegrator(deps: SeriesDeps): Promise<Struck> {
  const { fleet } = deps.city
  let target: Member | undefined
  await until(deps, async () => {
    target = fleet.living().length > 1 ? await fleet.integrator() : undefined
    return target !== undefined
  })
  const size = deps.onlooker.size()
  const killedAt = performance.now()
  const { recovered } = fleet.kill(target!)
  recovered.catch(() => undefined) // the fleet tells it when it is waited for as a whole
  await until(deps, async () => deps.onlooker.size() > size && (await fleet.integrator()) !== undefined)
  return { recovered: Promise.resolve(performance.now() - killedAt) }
}

async function isReady({ dataUrl }: Member): Promise<boolean> {
  const answered = await call(dataUrl, { method: 'GET', path: '/readyz' }).catch(() => undefined)
  return answered?.status === 200
}

async function until(deps: SeriesDeps, holds: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = performance.now() + GIVE_UP_MS; !(await holds()); await sleep(POLL_MS)) {
    deps.assertInTime()
    if (performance.now() > giveUpAt)
      throw new Error(`${GIVE_UP_MS / 1000} 秒内未恢复 / no recovery within ${GIVE_UP_MS / 1000} s`)
  }
}
