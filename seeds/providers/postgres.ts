import { createHash, randomBytes } from 'node:crypto'
import pg, { type Client } from 'pg'
import type { Population } from '../population/types.ts'
import { DATABASE_ENDPOINTS, type DatabaseEndpoint } from './endpoints.ts'
import { fillHousingFund, fillSocialInsurance } from './fill.ts'
import { INDEXES, type Schema, TABLES } from './tables.ts'

const FILL: Record<Schema, (client: Client, city: Population) => Promise<void>> = {
  rsj: fillSocialInsurance,
  gjj: fillHousingFund,
}

export interface ProviderDatabase {
  endpoints: Record<DatabaseEndpoint, { url: string; secret: { user: string; password: string } }>
  /** Removes the schemas and their logins. */
  drop(): Promise<void>
}

/**
 * Fills a database with the schemas of 人社 (`rsj`) and 公积金 (`gjj`), each read by a login of its own
 * that sees that schema only and can write nothing. Schemas of the same names are replaced.
 *
 * Errors: whatever PostgreSQL says; nothing is left half filled, since each schema is made in one transaction.
 */
export async function fillProviderDatabase(ownerUrl: string, city: Population): Promise<ProviderDatabase> {
  const database = decodeURIComponent(new URL(ownerUrl).pathname.slice(1))
  const endpoints = {} as ProviderDatabase['endpoints']
  const logins: { role: string; schema: Schema }[] = []
  await withClient(ownerUrl, async (client) => {
    for (const [endpoint, schema] of Object.entries(DATABASE_ENDPOINTS) as [DatabaseEndpoint, Schema][]) {
      await inTransaction(client, async () => {
        await client.query(`drop schema if exists ${schema} cascade; create schema ${schema}; ${TABLES[schema]}`)
        await FILL[schema](client, city)
        await client.query(INDEXES[schema])
        const login = await allowReading(client, schema, database)
        logins.push({ role: login.user, schema })
        endpoints[endpoint] = { url: withoutLogin(ownerUrl), secret: login }
      })
    }
    await client.query('analyze')
  })
  return { endpoints, drop: () => withClient(ownerUrl, (client) => dropAll(client, logins)) }
}

/** Roles belong to the whole server, so their names carry the database's. */
const roleName = (schema: Schema, database: string): string =>
  `guanyi_read_${schema}_${createHash('sha256').update(database).digest('hex').slice(0, 12)}`

async function allowReading(
  client: Client,
  schema: Schema,
  database: string,
): Promise<{ user: string; password: string }> {
  const user = roleName(schema, database)
  const password = randomBytes(18).toString('hex')
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [user])
  await client.query(`${rowCount ? 'alter' : 'create'} role ${user} login password '${password}' connection limit 20`)
  await client.query(`alter role ${user} set default_transaction_read_only = on`)
  await client.query(`grant connect on database ${client.escapeIdentifier(database)} to ${user}`)
  await client.query(
    `grant usage on schema ${schema} to ${user}; grant select on all tables in schema ${schema} to ${user}`,
  )
  return { user, password }
}

async function dropAll(client: Client, logins: readonly { role: string; schema: Schema }[]): Promise<void> {
  for (const { role, schema } of logins) {
    await client.query(`drop schema if exists ${schema} cascade`)
    await client.query(`drop owned by ${role}; drop role ${role}`)
  }
}

/** The login travels in the endpoint's secret, not in its address. */
function withoutLogin(url: string): string {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  bare.search = ''
  return bare.href
}

async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin')
  try {
    await work()
    await client.query('commit')
  } catch (thrown) {
    await client.query('rollback').catch(() => undefined)
    throw thrown
  }
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
