import { createServer } from 'node:net'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlMysql } from '../../connectors/sql-mysql/index.ts'
import { toMarked } from '../../connectors/sql-mysql/named-parameters.ts'
import type { ConnectorDeps } from '../../gateway/ports/connector.ts'
import type { Mariadb } from '../../seeds/services/mariadb.ts'
import { withMariadb } from '../../seeds/services/mariadb-client.ts'
import { caller, connectorConformance, FIELDS, NASTY, type Scene, type SourceRow } from '../conformance/connector.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { freshMariadb, noMariadb } from './mariadb.ts'

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
const COLUMNS = 'id, name, amount, active, born, month'
const QUERIES: Partial<Record<Scene, string>> = {
  'extra-fields': `select ${COLUMNS}, 'x' as secret_note from people where id = :id`,
  'wrong-type': `select 'twelve' as amount from people where id = :id`,
  slow: `select ${COLUMNS} from people where id = :id and sleep(20) = 0`,
  'server-error': `select ${COLUMNS} from people where id = :id and sleep(20) = 0`,
  'error-code-in-body': `select ${COLUMNS} from people where id = :id and busy()`,
  'too-many-rows': `select ${COLUMNS} from people, seq_1_to_100000 where id = :id`,
  huge: `select id, repeat('x', 1000000) as name, amount, active, born, month from people, seq_1_to_100 where id = :id`,
  // Forty times 100 kB: within every limit, if it came whole.
  truncated: `select id, repeat('x', 100000) as name, amount, active, born, month from people, seq_1_to_40 where id = :id`,
  garbage: `select id, name, amount, active, born, (select month from people join seq_1_to_2) as month from people where id = :id`,
}

let server: Mariadb
let database: string
const admin = <T>(work: (client: Connection) => Promise<T>) => withMariadb(database, work)

describe.skipIf(noMariadb)('with a MariaDB (skipped where neither mariadbd nor apt is there)', () => {
  beforeAll(async () => {
    server = await freshMariadb()
    database = await server.createDatabase(`test_${process.pid}`)
    await admin(async (client) => {
      await client.query(
        'create table people (id varchar(200), name varchar(100), amount bigint, active boolean, born date, month char(6))',
      )
      // Where others say it in a body, a database has its own code: too many connections.
      await client.query(
        `create function busy() returns boolean begin signal sqlstate '08004' set mysql_errno = 1040, message_text = 'busy'; return true; end`,
      )
      await client.query('create table bits (b bit(1))')
      await client.query(`insert into bits values (b'1')`)
    })
  }, 120_000)
  afterAll(() => server?.stop())

  let wire: Awaited<ReturnType<typeof cuttingProxy>> | undefined
  /** What an administrator does to a server that is to go down: the statement's connection is ended under it. */
  function killWhenRunning(): void {
    void admin(async (client) => {
      for (let tries = 0; tries < 200; tries += 1) {
        const [rows] = await client.query(
          `select id from information_schema.processlist where info like '%sleep(20)%' and id <> connection_id()`,
        )
        const [found] = rows as { id: number }[]
        if (found !== undefined) return void (await client.query(`kill connection ${Number(found.id)}`))
        await new Promise((done) => setTimeout(done, 25))
      }
    })
  }

  connectorConformance('sql-mysql', async () => ({
    impossible: {
      'empty-body': 'a database answers with a result or an error; the protocol has no message of neither kind',
      redirect: 'the protocol has none',
    },
    async open(scene: Scene, rows: readonly SourceRow[] = []) {
      await admin(async (client) => {
        await client.query('truncate people')
        for (const { id, name, amount, active, born, month } of rows) {
          await client.execute('insert into people values (?, ?, ?, ?, ?, ?)', [id, name, amount, active, born, month])
        }
      })
      const sql = QUERIES[scene] ?? `select ${COLUMNS} from people where id = :id order by month`
      const url = new URL(database)
      if (scene === 'outside-network') url.hostname = '192.0.2.1'
      if (scene === 'refused') url.port = String(await closedPort())
      if (scene === 'truncated') {
        wire = await cuttingProxy(url, 500_000)
        url.port = String(wire.port)
      }
      if (scene === 'server-error') killWhenRunning()
      return sqlMysql.create({ endpoint: 'db', sql }, deps(url.href))
    },
    async running() {
      const [rows] = await admin((client) =>
        client.query(
          `select count(*) as n from information_schema.processlist where info like '%sleep(20)%' and id <> connection_id()`,
        ),
      )
      return Number((rows as { n: number }[])[0]?.n)
    },
    close: async () => void (await wire?.close()),
  }))

  const read = async (sql: string, config: object = {}, change: Partial<ConnectorDeps> = {}, inputs = {}) => {
    const connector = sqlMysql.create({ endpoint: 'db', sql, ...config }, deps(database, change))
    const fields = (change.fields ?? FIELDS).map((field) => field.id)
    try {
      return await connector.fetch({ subjectType: 'person', inputs, fields, caller }, new AbortController().signal)
    } finally {
      await connector.close()
    }
  }
  const V = [{ id: 'v', type: 'string' }]
  const one = async (sql: string, type: string) =>
    (await read(`select ${sql} as v`, {}, { fields: [{ id: 'v', type }] })).records[0]?.v

  it.each([
    ['a decimal of 20 digits', `cast('12345678901234567890.10' as decimal(22,2))`, 'string', '12345678901234567890.10'],
    ['a bigint as text', '9007199254740993', 'string', '9007199254740993'],
    ['a bigint too large for an integer stays text', '9007199254740993', 'integer', '9007199254740993'],
    ['money in fen', 'cast(1234567 as int)', 'integer', 1234567],
    ['leading zeros', `'000123'`, 'string', '000123'],
    ['a boolean', 'true', 'boolean', true],
    ['a bit', '(select b from bits)', 'boolean', true],
    ['a longer bit', '(select b + 0 from bits)', 'integer', 1],
    ['a date in the years of Chinese summer time', `cast('1988-07-01' as date)`, 'date', '19880701'],
    ['a time stamp', `cast('2026-01-02 23:59:59' as datetime)`, 'date', '20260102'],
    ['the month of a date', `cast('2026-10-01' as date)`, 'month', '202610'],
    ['null', 'cast(null as char)', 'string', null],
    ['characters of four bytes', `'荣成𠮷'`, 'string', '荣成𠮷'],
    ['bytes that are text', `cast('荣成' as binary)`, 'string', '荣成'],
    ['json as text', `json_object('a', 1.0)`, 'string', '{"a": 1.0}'],
    ['no real date stays as it is', `cast('0000-00-00' as date)`, 'date', '00000000'],
  ])('reads %s', async (_name, sql, type, want) => {
    expect(await one(sql, type)).toEqual(want)
  })

  it('binds hostile text in every input and in every position', async () => {
    for (const text of NASTY) {
      const sql = 'select concat(:id, :name, :id) as v where :name = :name'
      expect((await read(sql, {}, { fields: V }, { id: text, name: text })).records, text).toEqual([
        { v: text + text + text },
      ])
    }
  })
  it('binds null for an optional input that is absent', async () => {
    expect((await read(`select 'a' as v from dual where :name is null`, {}, { fields: V })).records).toHaveLength(1)
  })
  it('breaks the contract when a wanted column is missing or bytes are no text', async () => {
    await expect(read(`select 'a' as id`)).rejects.toMatchObject({ code: 'provider.contract' })
    await expect(read(`select x'ff41' as v`, {}, { fields: V })).rejects.toMatchObject({ code: 'provider.contract' })
  })
  it('takes the oldest as-of of the rows, in China time', async () => {
    const sql = `select 'a' as v, cast('2026-01-01 08:00:00' as datetime) as seen union select 'b', '2026-01-03 08:00:00'`
    expect((await read(sql, { asOf: 'seen' }, { fields: V })).asOfMs).toBe(Date.UTC(2026, 0, 1))
  })
  it('cannot write, whatever the catalogue says', async () => {
    await admin(async (client) => {
      await client.query('create table t (v text)')
      await client.query(
        `create function w() returns text modifies sql data begin insert into t values ('x'); return 'x'; end`,
      )
    })
    await expect(read('select w() as v', {}, { fields: V })).rejects.toMatchObject({
      code: 'provider.contract',
      message: 'SQL error 1792',
    })
  })
  it('has the statement stopped by the server also when nobody aborts', async () => {
    const scan = 'select count(*) as v from seq_1_to_100000 a, seq_1_to_100000 b'
    const stopped = read(scan, {}, { fields: V, timeoutMs: 100 })
    await expect(stopped).rejects.toMatchObject({ code: 'provider.timeout' })
  })
  it('is unreachable when the login is refused, without repeating it', async () => {
    const url = new URL(database)
    url.pathname = '/no_such_database'
    const thrown = await read('select 1', {}, { endpoint: { url: url.href } }).catch((error) => error)
    expect(thrown).toMatchObject({ code: 'provider.unreachable' })
    expect(String(thrown.stack)).not.toContain('no_such_database')
  })
  it('refuses a name that resolves outside the networks when it connects', async () => {
    const url = new URL(database)
    url.hostname = 'localhost'
    const outside = read('select 1', {}, { endpoint: { url: url.href }, networks: ['10.0.0.0/8'] })
    await expect(outside).rejects.toMatchObject({ code: 'provider.unreachable', message: 'database: EACCES' })
  })
})

describe('a server that is not what it says', () => {
  it.each<[string, Buffer | null, string]>([
    ['speaks another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'provider'],
    ['closes at once', null, 'provider.unreachable'],
  ])('%s', async (_name, greeting, code) => {
    const fake = createServer((socket) => {
      socket.on('error', () => undefined)
      if (greeting === null) socket.destroy()
      else socket.end(greeting)
    })
    await new Promise<void>((done) => fake.listen(0, '127.0.0.1', done))
    const { port } = fake.address() as { port: number }
    const connector = sqlMysql.create({ endpoint: 'db', sql: 'select 1' }, deps(`mysql://u:p@127.0.0.1:${port}/d`))
    const asked = connector.fetch({ subjectType: 'person', inputs: {}, fields: [], caller }, AbortSignal.timeout(3_000))
    await expect(asked).rejects.toMatchObject({ code: expect.stringContaining(code) })
    await connector.close()
    fake.close()
  })
  it.each([
    ['a url of another kind', 'http://127.0.0.1/db'],
    ['an option that is not known', 'mysql://u@127.0.0.1/db?multipleStatements=true'],
    ['no user', 'mysql://127.0.0.1/db'],
    ['no database', 'mysql://u@127.0.0.1/'],
    ['no url', 'db'],
  ])('refuses at load: %s', (_name, url) => {
    expect(() => sqlMysql.create({ endpoint: 'db', sql: 'select 1' }, deps(url))).toThrow(/endpoint url/)
  })
})

describe('toMarked', () => {
  it.each([
    ['repeats a name that stands twice', 'select :id, :name, :id', 'select ?, ?, ?', ['id', 'name', 'id']],
    [
      'leaves strings alone',
      `select ':id', "\\":id", 'it''s \\' :id', :id`,
      `select ':id', "\\":id", 'it''s \\' :id', ?`,
      ['id'],
    ],
    ['leaves quoted names alone', 'select `:id` from t', 'select `:id` from t', []],
    ['leaves comments alone', 'select 1 -- :id\n# ?;\n/* :id */', 'select 1 -- :id\n# ?;\n/* :id */', []],
    ['takes two dashes without a space for signs', 'select 1--:id', 'select 1--?', ['id']],
    ['drops a last semicolon', 'select 1;\n', 'select 1', []],
  ])('%s', (_name, sql, text, names) => {
    expect(toMarked(sql, ['id', 'name'])).toEqual({ text, names })
  })
  it.each([
    ['an undeclared name', 'select :nobody'],
    ['a mark written by hand', 'select ?'],
    ['two statements', 'select 1; select 2'],
    ['a writing statement', 'delete from t'],
    ['an unclosed string', `select 'a`],
    ['an unclosed comment', 'select 1 /* :id'],
    ['an executable comment', 'select 1 /*!50000 union select 2 */'],
    ['MariaDB’s own executable comment', 'select 1 /*M! union select 2 */'],
    ['a variable', 'select @a := 1'],
    ['writing a file', `select 1 into outfile '/tmp/x'`],
    ['reading a file', `select load_file('/etc/passwd')`],
  ])('refuses %s', (_name, sql) => {
    expect(() => toMarked(sql, ['id'])).toThrow(/sql/)
  })
})

function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const closing = createServer().listen(0, '127.0.0.1', () => {
      const { port } = closing.address() as { port: number }
      closing.close(() => resolve(port))
    })
  })
}
