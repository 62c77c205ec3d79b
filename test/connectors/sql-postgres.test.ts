import { createServer } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlPostgres } from '../../connectors/sql-postgres/index.ts'
import { toPositional } from '../../connectors/sql-postgres/named-parameters.ts'
import { fromText, instantFromText, POSTGRES_BOOLEANS } from '../../connectors/values/from-text.ts'
import type { ConnectorDeps } from '../../gateway/ports/connector.ts'
import { caller, connectorConformance, FIELDS, type Scene, type SourceRow } from '../conformance/connector.ts'
import { type FreshDatabase, freshDatabase } from '../support/services.ts'
import { cuttingProxy } from './cutting-proxy.ts'

const NOW = Date.UTC(2026, 10, 20)
const deps = (url: string, change: Partial<ConnectorDeps> = {}): ConnectorDeps => ({
  datasetId: 'people',
  fields: FIELDS,
  inputs: ['id', 'name'],
  networks: ['127.0.0.0/8'],
  endpoint: { url },
  timeoutMs: 5_000,
  now: () => NOW,
  newId: () => 'id-1',
  ...change,
})
const COLUMNS = `id, name, amount, active, born, month`
const QUERIES: Partial<Record<Scene, string>> = {
  'extra-fields': `select ${COLUMNS}, 'x' as secret_note from people where id = :id`,
  'wrong-type': `select 'twelve' as amount from people where id = :id`,
  slow: `select ${COLUMNS} from people, pg_sleep(20) where id = :id`,
  // As when an administrator shuts the server down under a running statement.
  'server-error': `select ${COLUMNS} from people where id = :id and pg_terminate_backend(pg_backend_pid())`,
  'error-code-in-body': `select ${COLUMNS} from people where id = :id and busy()`,
  'too-many-rows': `select ${COLUMNS} from people, generate_series(1, 100000) where id = :id`,
  huge: `select id, repeat('x', 1000000) as name, amount, active, born, month from people, generate_series(1, 100) where id = :id`,
  // Forty times 100 kB: within every limit, if it came whole.
  truncated: `select id, repeat('x', 100000) as name, amount, active, born, month from people, generate_series(1, 40) where id = :id`,
  garbage: `select id::bigint / 0 as id, name, amount, active, born, month from people where id = :id`,
}

connectorConformance('sql-postgres', async () => {
  const database = await freshDatabase()
  const admin = new pg.Pool({ connectionString: database.url, max: 1 })
  // Where others say it in a body, a database has its own code: too many connections.
  await admin.query(
    `create function busy() returns boolean language plpgsql as $$ begin raise 'busy' using errcode = '53300'; end $$`,
  )
  await admin.query(`create table people (id text, name text, amount bigint, active boolean, born date, month char(6))`)
  let wire: Awaited<ReturnType<typeof cuttingProxy>> | undefined
  return {
    impossible: {
      'empty-body': 'a database answers with a result or an error; the protocol has no message of neither kind',
      redirect: 'the protocol has none',
    },
    async open(scene: Scene, rows: readonly SourceRow[] = []) {
      await admin.query('truncate people')
      for (const { id, name, amount, active, born, month } of rows) {
        await admin.query('insert into people values ($1, $2, $3, $4, $5, $6)', [id, name, amount, active, born, month])
      }
      const sql = QUERIES[scene] ?? `select ${COLUMNS} from people where id = :id order by month`
      const url = new URL(database.url)
      if (scene === 'outside-network') url.hostname = '192.0.2.1'
      if (scene === 'refused') url.port = String(await closedPort())
      if (scene === 'truncated') {
        wire = await cuttingProxy(url, 500_000)
        url.port = String(wire.port)
      }
      return sqlPostgres.create({ endpoint: 'db', sql }, deps(url.href))
    },
    async running() {
      const { rows } = await admin.query<{ n: string }>(
        `select count(*) as n from pg_stat_activity where datname = current_database() and state <> 'idle' and application_name = 'guanyi'`,
      )
      return Number(rows[0]?.n)
    },
    async close() {
      await wire?.close()
      await admin.end()
      await database.drop()
    },
  }
})

describe('sql-postgres', () => {
  let database: FreshDatabase
  beforeAll(async () => {
    database = await freshDatabase()
  })
  afterAll(() => database.drop())

  const read = async (sql: string, config: object = {}, change: Partial<ConnectorDeps> = {}, inputs = {}) => {
    const connector = sqlPostgres.create({ endpoint: 'db', sql, ...config }, deps(database.url, change))
    const fields = (change.fields ?? FIELDS).map((field) => field.id)
    try {
      return await connector.fetch({ subjectType: 'person', inputs, fields, caller }, new AbortController().signal)
    } finally {
      await connector.close()
    }
  }
  const one = async (sql: string, type: string) =>
    (await read(`select ${sql} as v`, {}, { fields: [{ id: 'v', type }] })).records[0]?.v

  it.each([
    ['a number of 20 digits', `12345678901234567890::numeric`, 'string', '12345678901234567890'],
    ['a bigint as text', `9007199254740993::bigint`, 'string', '9007199254740993'],
    ['a bigint too large for an integer stays text', `9007199254740993::bigint`, 'integer', '9007199254740993'],
    ['money in fen', `1234567::bigint`, 'integer', 1234567],
    ['leading zeros', `'000123'::text`, 'string', '000123'],
    ['a boolean', `true`, 'boolean', true],
    ['a boolean where text is declared', `true`, 'string', 't'],
    ['a date in the years of Chinese summer time', `date '1988-07-01'`, 'date', '19880701'],
    ['local midnight in summer time', `timestamptz '1988-07-01 00:00:00 Asia/Shanghai'`, 'date', '19880701'],
    ['a time stamp without zone', `timestamp '2026-01-02 23:59:59'`, 'date', '20260102'],
    ['the month of a date', `date '2026-10-01'`, 'month', '202610'],
    ['a date written in text', `'2026-01-02'::text`, 'date', '20260102'],
    ['no real date stays as it is', `'infinity'::date`, 'date', 'infinity'],
    ['null', `null::text`, 'string', null],
    ['Chinese text', `'荣成市崖头街道'`, 'string', '荣成市崖头街道'],
  ])('reads %s', async (_name, sql, type, want) => {
    expect(await one(sql, type)).toEqual(want)
  })

  it('maps columns by name, by fieldMap and in lower case', async () => {
    const fields = [
      { id: 'certificateNo', type: 'string' },
      { id: 'owner', type: 'string' },
    ]
    const answer = await read(`select 'c1' as certificateNo, 'o1' as qlr`, { fieldMap: { qlr: 'owner' } }, { fields })
    expect(answer.records).toEqual([{ certificateNo: 'c1', owner: 'o1' }])
  })
  it('says `provider.contract` when the query lacks a wanted column', async () => {
    await expect(read(`select 'a' as id`)).rejects.toMatchObject({ code: 'provider.contract' })
  })
  it('takes the oldest as-of of the rows', async () => {
    const sql = `select 'a' as v, t as seen from (values (timestamptz '2026-01-01 08:00+08'), ('2026-01-03 08:00+08')) rows(t)`
    const answer = await read(sql, { asOf: 'seen' }, { fields: [{ id: 'v', type: 'string' }] })
    expect(answer.asOfMs).toBe(Date.UTC(2026, 0, 1))
  })
  it('binds null for an optional input that is absent', async () => {
    const sql = `select 'a' as v where :name::text is null`
    expect((await read(sql, {}, { fields: [{ id: 'v', type: 'string' }] })).records).toHaveLength(1)
  })
  it('cannot write, whatever the catalogue says', async () => {
    const admin = new pg.Client(database.url)
    await admin.connect()
    await admin.query(
      `create table t (v text); create function w() returns text language sql as $$ insert into t values ('x') returning v $$`,
    )
    await expect(read('select w() as v', {}, { fields: [{ id: 'v', type: 'string' }] })).rejects.toMatchObject({
      code: 'provider.contract',
      message: 'SQLSTATE 25006',
    })
    await admin.end()
  })
  it('stops a statement on the server also when nobody aborts', async () => {
    const fields = [{ id: 'v', type: 'string' }]
    const slow = read(`select pg_sleep(20)::text as v`, {}, { fields, timeoutMs: 100 })
    await expect(slow).rejects.toMatchObject({ code: 'provider.timeout' })
  })
  it('is unreachable when the login is refused, without repeating it', async () => {
    const url = new URL(database.url)
    url.pathname = '/no_such_database'
    const thrown = await read('select 1', {}, { endpoint: { url: url.href } }).catch((error) => error)
    expect(thrown).toMatchObject({ code: 'provider.unreachable' })
    expect(String(thrown.stack)).not.toContain('no_such_database')
  })
  it('refuses a name that resolves outside the networks when it connects', async () => {
    const url = new URL(database.url)
    url.hostname = 'localhost'
    const outside = read('select 1', {}, { endpoint: { url: url.href }, networks: ['10.0.0.0/8'] })
    await expect(outside).rejects.toMatchObject({ code: 'provider.unreachable', message: 'database: EACCES' })
  })
  it.each([
    ['a url of another kind', 'http://127.0.0.1/db'],
    ['a socket file by option', 'postgres://u@127.0.0.1/db?host=/tmp'],
    ['no user', 'postgres://127.0.0.1/db'],
    ['no database', 'postgres://u@127.0.0.1/'],
    ['no url', 'db'],
  ])('refuses at load: %s', (_name, url) => {
    expect(() => sqlPostgres.create({ endpoint: 'db', sql: 'select 1' }, deps(url))).toThrow(/endpoint url/)
  })
})

describe('toPositional', () => {
  it.each([
    ['binds a name once', 'select :id, :name, :id', 'select $1, $2, $1', ['id', 'name']],
    ['leaves casts alone', 'select :id::text', 'select $1::text', ['id']],
    [
      'leaves strings alone',
      `select ':id', 'it''s :id', E'\\':id' , :id`,
      `select ':id', 'it''s :id', E'\\':id' , $1`,
      ['id'],
    ],
    ['leaves quoted names alone', `select ":id" from t`, `select ":id" from t`, []],
    ['leaves comments alone', 'select 1 -- :id\n/* :id */', 'select 1 -- :id\n/* :id */', []],
    ['leaves dollar quotes alone', 'select $a$ :id $a$, $$:id$$', 'select $a$ :id $a$, $$:id$$', []],
    ['leaves slices alone', 'select a[1:2] from t', 'select a[1:2] from t', []],
    ['drops a last semicolon', 'select 1;\n', 'select 1', []],
  ])('%s', (_name, sql, text, names) => {
    expect(toPositional(sql, ['id', 'name'])).toEqual({ text, names })
  })
  it.each([
    ['an undeclared name', 'select :nobody'],
    ['a hand-written position', 'select $1'],
    ['two statements', 'select 1; select 2'],
    ['a writing statement', 'delete from t'],
    ['an unclosed string', `select 'a`],
    ['an unclosed comment', 'select 1 /* :id'],
    ['nested comments', 'select 1 /* a /* b */ :id */'],
  ])('refuses %s', (_name, sql) => {
    expect(() => toPositional(sql, ['id'])).toThrow(/sql/)
  })
})

describe('text of the database', () => {
  it.each([
    ['integer', '12.00', '12.00'],
    ['integer', '1e3', '1e3'],
    ['boolean', 'yes', 'yes'],
    ['month', '202610', '202610'],
    ['date', '2026-1', '2026-1'],
  ])('%s `%s`', (type, text, want) => {
    expect(fromText(text, type, POSTGRES_BOOLEANS)).toBe(want)
  })
  it('reads moments with and without zone', () => {
    expect(instantFromText('2026-01-01 08:00:00.5+08')).toBe(Date.UTC(2026, 0, 1))
    expect(instantFromText('2026-01-01 08:00:00')).toBe(Date.UTC(2026, 0, 1))
    expect(instantFromText('2026-01-01')).toBe(Date.UTC(2025, 11, 31, 16))
    expect(instantFromText('yesterday')).toBeUndefined()
  })
})

function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
