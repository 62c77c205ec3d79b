import { renameSync, writeFileSync } from 'node:fs'
import { chinaToday } from '../population/dates.ts'
import { DEMO_POPULATION, generatePopulation } from '../population/index.ts'
import { startProviders } from './index.ts'

/**
 * Runs the sample providers as a process of their own until SIGTERM or SIGINT:
 *
 *   PROVIDERS_DATABASE_URL=postgres://… tsx seeds/providers/main.ts [endpoints.json]
 *
 * Writes the gateway's endpoints file (mode 0600, it holds logins) where told, and prints one line when ready.
 */
async function main(): Promise<void> {
  const databaseUrl = process.env.PROVIDERS_DATABASE_URL
  if (!databaseUrl) throw new Error('PROVIDERS_DATABASE_URL 未设置 / is not set')
  const population = generatePopulation({ ...DEMO_POPULATION, today: chinaToday(Date.now()) })
  const providers = await startProviders({ population, databaseUrl })
  const file = process.argv[2]
  if (file) {
    writeFileSync(`${file}.new`, `${JSON.stringify(providers.endpoints, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file) // readers see the old file or the whole new one
  }
  const ports = Object.fromEntries(Object.entries(providers.services).map(([name, { port }]) => [name, port]))
  console.log(JSON.stringify({ ready: true, people: population.people.size, ports }))
  const stop = () => void providers.close().then(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown)
  process.exit(1)
})
