import { createHash, randomBytes } from 'node:crypto'
import type { Connection } from 'mysql2/promise'
import type { Endpoint } from '../../../gateway/ports/connector.ts'
import { dashed } from '../../population/dates.ts'
import { CITY_DIVISION } from '../../population/numbers.ts'
import type { Population } from '../../population/types.ts'
import { withMariadb } from '../../services/mariadb-client.ts'

/** 医保's own table, named after the national platform; money is yuan there, dates are dates, moments China time. */
const TABLE = `
  create table psn_insu_d (psn_no int primary key, certno varchar(18) not null unique, psn_name varchar(100) not null,
    insutype varchar(6) not null, psn_insu_stas varchar(3) not null, psn_insu_date date not null,
    clct_ym_end char(6) not null, emp_uscc char(18), emp_name varchar(200), insu_admdvs char(6) not null,
    acct_balc decimal(12,2) not null, opsp_flag tinyint(1) not null, updt_time datetime not null)`

export interface MariadbSource {
  endpoint: Endpoint
  /** Removes database and login. */
  drop(): Promise<void>
}

/**
 * Fills a MariaDB database with 医保's register, read by a login of its own that can write nothing. A database of the
 * same name is replaced.
 *
 * Errors: whatever MariaDB says.
 */
export async function fillMariadb(adminUrl: string, database: string, city: Population): Promise<MariadbSource> {
  // Logins belong to the whole server, so their names carry the database's.
  const user = `read_${createHash('sha256').update(database).digest('hex').slice(0, 12)}`
  const password = randomBytes(18).toString('hex')
  const clear = async (client: Connection) => {
    await client.query(`drop database if exists ${client.escapeId(database)}`)
    await client.query(`drop user if exists ${user}@'%'`)
  }
  await withMariadb(adminUrl, async (client) => {
    const name = client.escapeId(database)
    await clear(client)
    await client.query(`create database ${name} character set utf8mb4 collate utf8mb4_bin`)
    await client.query(`use ${name}`)
    await client.query(TABLE)
    await client.query('insert into psn_insu_d values ?', [rowsOf(city)])
    await client.query(`create user ${user}@'%' identified by ${client.escape(password)}`)
    await client.query(`grant select on ${name}.psn_insu_d to ${user}@'%'`)
  })
  const url = new URL(adminUrl)
  url.username = user
  url.password = ''
  url.pathname = `/${encodeURIComponent(database)}`
  return { endpoint: { url: url.href, secret: { password } }, drop: () => withMariadb(adminUrl, clear) }
}

const rowsOf = (city: Population): (string | number | boolean | null)[][] =>
  city.medical.map((cover, at) => [
    at + 1,
    cover.personId,
    city.people.get(cover.personId)!.name,
    cover.kind,
    cover.state,
    dashed(cover.insuredSince),
    cover.paidUntil,
    cover.employerUscc,
    cover.employerUscc && city.organisations.get(cover.employerUscc)!.name,
    CITY_DIVISION,
    cover.accountBalance / 100,
    cover.chronicDisease,
    `${dashed(city.today)} 00:00:00`,
  ])
