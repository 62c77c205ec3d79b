import type { Client } from 'pg'
import { dashed, monthsBetween } from '../population/dates.ts'
import { CITY_DIVISION } from '../population/numbers.ts'
import type { Population } from '../population/types.ts'

type Cell = string | number | boolean | null
/** A column: its name and PostgreSQL type. */
type Columns = Record<string, string>

const ROWS_PER_STATEMENT = 20_000

/** Inserts many rows with one statement per 20,000: a list per column, zipped by `unnest`. */
async function insertRows(client: Client, table: string, columns: Columns, rows: readonly Cell[][]): Promise<void> {
  const names = Object.keys(columns)
  const lists = names.map((name, i) => `$${i + 1}::${columns[name]}[]`).join(', ')
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    const part = rows.slice(start, start + ROWS_PER_STATEMENT)
    const values = names.map((_, i) => part.map((row) => row[i]))
    await client.query(`insert into ${table} (${names.join(', ')}) select * from unnest(${lists})`, values)
  }
}

const yuan = (fen: number) => fen / 100
/** The nightly copy the gateway reads was made when the day began in China. */
const copiedAt = (city: Population) => `${dashed(city.today)} 00:00:00+08`

export async function fillSocialInsurance(client: Client, city: Population): Promise<void> {
  const people = [...new Set(city.insurance.map((spell) => spell.personId))]
  const personNo = new Map(people.map((id, i) => [id, i + 1]))
  const employers = [...new Set(city.insurance.map((spell) => spell.employerUscc))]
  const employerNo = new Map(employers.map((uscc, i) => [uscc, i + 1]))
  await insertRows(
    client,
    'rsj.ac01',
    { aac001: 'integer', aac002: 'text', aac003: 'text' },
    people.map((id) => [personNo.get(id)!, id, city.people.get(id)!.name]),
  )
  await insertRows(
    client,
    'rsj.ae10',
    { aab001: 'integer', aab998: 'text', aab004: 'text' },
    employers.map((uscc) => [employerNo.get(uscc)!, uscc, city.organisations.get(uscc)!.name]),
  )
  const paid = city.insurance.flatMap((spell) =>
    monthsBetween(spell.from, spell.to).flatMap((month) =>
      spell.kinds.map((kind) => {
        const [personal, employer] = RATES[kind] ?? [0, 0]
        const owed = spell.unpaid.includes(month)
        return [
          personNo.get(spell.personId)!,
          employerNo.get(spell.employerUscc)!,
          kind,
          Number(month),
          yuan(spell.base),
          yuan(Math.round(spell.base * personal)),
          yuan(Math.round(spell.base * employer)),
          owed ? '0' : '1',
          CITY_DIVISION,
          copiedAt(city),
        ]
      }),
    ),
  )
  await insertRows(
    client,
    'rsj.ac43',
    {
      aac001: 'integer',
      aab001: 'integer',
      aae140: 'text',
      aae003: 'integer',
      aac040: 'numeric',
      aae022: 'numeric',
      aae020: 'numeric',
      aae114: 'text',
      aab301: 'text',
      aae036: 'timestamptz',
    },
    paid,
  )
}

/** Shares of the base paid by the person and by the employer, per kind. */
const RATES: Record<string, [number, number]> = { '110': [0.08, 0.16], '210': [0.003, 0.007], '410': [0, 0.004] }

export async function fillHousingFund(client: Client, city: Population): Promise<void> {
  await insertRows(
    client,
    'gjj.gr_zh',
    {
      grzh: 'text',
      zjhm: 'text',
      xingming: 'text',
      khrq: 'date',
      grzhzt: 'text',
      grjcjs: 'numeric',
      grjcbl: 'numeric',
      dwtyxydm: 'text',
      dwmc: 'text',
      grzhye: 'numeric',
      dkbz: 'text',
    },
    city.funds.map((fund) => [
      fund.account,
      fund.personId,
      city.people.get(fund.personId)!.name,
      dashed(fund.openedOn),
      fund.state,
      yuan(fund.base),
      fund.ratio / 1000,
      fund.employerUscc,
      city.organisations.get(fund.employerUscc)!.name,
      yuan(fund.balance),
      fund.loanActive ? '1' : '0',
    ]),
  )
  await insertRows(
    client,
    'gjj.gr_jcmx',
    { grzh: 'text', jcny: 'text', gryjce: 'numeric', dwyjce: 'numeric', gxsj: 'timestamptz' },
    city.funds.flatMap((fund) => {
      const share = yuan(Math.round((fund.base * fund.ratio) / 1000))
      return monthsBetween(fund.from, fund.to).map((month) => [fund.account, month, share, share, copiedAt(city)])
    }),
  )
}
