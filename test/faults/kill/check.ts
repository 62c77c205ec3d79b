import { setTimeout as sleep } from 'node:timers/promises'
import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import { checkRecords } from '../../../gateway/adapters/postgres/log-records-check.ts'
import { httpReader } from '../../../gateway/log/http-reader.ts'
import { parseVkey } from '../../../gateway/log/note-key.ts'
import { parsePolicy } from '../../../gateway/log/policy.ts'
import { EMPTY_EDGE, growTree, rootOf, splitHashes } from '../../../gateway/log/tree.ts'
import { verifyLog } from '../../../gateway/log/verify-log.ts'
import { withClient } from '../../../seeds/services/postgres-client.ts'
import { checkSamples } from './check-samples.ts'
import type { Onlooker } from './checkpoints.ts'
import type { City } from './city.ts'
import type { Ledger } from './ledger.ts'

export interface Checked {
  records: number
  /** Records whose answer nobody received. */
  unanswered: number
  gaps: number
  forks: number
  samples: number
  checkpoints: number
  faults: string[]
}

/** Holds everything callers and onlooker saw against the log, while nobody is asking. */
export async function checkAll(city: City, ledger: Ledger, onlooker: Onlooker): Promise<Checked> {
  const { installation, ownerUrl, witnessVkey, fleet } = city
  const faults = [...ledger.faults, ...onlooker.faults]
  const forksSeen = onlooker.faults.length
  for (const ended of fleet.unexpectedEnds) faults.push(`${ended}：自行终止 / ended by itself`)

  const answered = await checkAnswers(ownerUrl, ledger)
  faults.push(...answered.faults)

  const url = `${fleet.living()[0]!.dataUrl}/log`
  const keys = (await (await fetch(`${url}/keys`)).json()) as { sm3: string }
  const policy = parsePolicy(`log ${installation.logVkey}\nwitness bureau ${witnessVkey}\nquorum bureau\n`)
  const verify = () =>
    verifyLog({
      reader: httpReader({ url, token: installation.logToken }),
      crypto: createSoftwareCrypto(),
      logKey: parseVkey(installation.logVkey),
      sm3Key: parseVkey(keys.sm3),
      policy,
    })
  // The last records get their checkpoint within a second, a missed cosignature is asked for again after five.
  let report = await verify()
  for (let waited = 0; waited < 20 && (!report.ok || report.size < answered.records); waited++) {
    if (report.fault !== null && report.fault.code !== 'witness') break
    await sleep(500)
    report = await verify()
  }
  if (!report.ok) faults.push(`verifyLog：${report.fault?.zh} / ${report.fault?.en}`)
  if (report.size !== answered.records)
    faults.push(`日志 ${report.size} 条，记录 ${answered.records} 条 / entries and records differ in number`)
  const records = await checkRecords(ownerUrl)
  if (records.fault !== null) faults.push(`checkRecords：${records.fault.zh} / ${records.fault.en}`)
  if (records.checked !== answered.records) faults.push('有记录未核对 / records were left unchecked')

  const forks = await foreignCheckpoints(ownerUrl, onlooker.seen)
  for (const size of forks)
    faults.push(`规模 ${size} 的检查点不属于此日志 / the checkpoint of size ${size} is of another history`)
  faults.push(...(await checkSamples(city, ledger.samples, policy)))
  return {
    records: answered.records,
    unanswered: answered.unanswered,
    gaps: answered.gaps,
    forks: forks.length + forksSeen,
    samples: ledger.samples.length,
    checkpoints: onlooker.seen.size,
    faults,
  }
}

interface Row {
  index: string
  exchange_id: string
  outcome: string
  code: string | null
  jwt_hash: string | null
}

const PAGE = 20_000
const ROWS = `select r.index, r.exchange_id, r.outcome, r.code, encode(sha256(convert_to(s.issuer_jwt, 'UTF8')), 'hex') as jwt_hash
  from records r join record_sides s using (index) where r.index >= $1 and r.index < $2 order by r.index`

/** Every answer is in the log exactly once, as it was given; indexes count from 0 without a gap. */
async function checkAnswers(
  ownerUrl: string,
  { answers }: Ledger,
): Promise<Pick<Checked, 'records' | 'unanswered' | 'gaps' | 'faults'>> {
  const faults: string[] = []
  const rows = new Map<string, Row>()
  let gaps = 0
  let next = 0
  await withClient(ownerUrl, async (client) => {
    const total = Number((await client.query('select count(*) as n from records')).rows[0].n)
    const size = Number((await client.query('select size from log_head')).rows[0].size)
    if (total !== size) faults.push(`记录 ${total} 条，应有 ${size} 条 / records and head differ`)
    for (let from = 0; from < size; from += PAGE) {
      for (const row of (await client.query<Row>(ROWS, [from, from + PAGE])).rows) {
        if (Number(row.index) !== next) gaps += 1
        next = Number(row.index) + 1
        if (rows.has(row.exchange_id)) faults.push(`${row.exchange_id}：记录两次 / recorded twice`)
        rows.set(row.exchange_id, row)
      }
    }
    if (next !== size) gaps += 1
  })
  if (gaps > 0) faults.push(`序号有 ${gaps} 处缺口 / gaps in the indexes`)

  for (const { exchangeId, outcome, code, index, jwtHash } of answers) {
    const row = rows.get(exchangeId)
    const fits =
      row !== undefined &&
      (row.outcome === 'released') === (outcome === 'released') &&
      (code === null || row.code === code) &&
      (index === null || Number(row.index) === index) &&
      (jwtHash === null || row.jwt_hash === jwtHash)
    if (!fits)
      faults.push(`${exchangeId}：答复与记录不符 / answered ${outcome} ${code}, logged ${row?.outcome} ${row?.code}`)
  }
  const heard = new Set(answers.filter(({ told }) => !told).map(({ exchangeId }) => exchangeId))
  return { records: rows.size, unanswered: rows.size - heard.size, gaps, faults: faults.slice(0, 50) }
}

/** Sizes of checkpoints whose root is not that of the log's first so many entries. */
async function foreignCheckpoints(ownerUrl: string, seen: ReadonlyMap<number, string>): Promise<number[]> {
  const leaves = await withClient(ownerUrl, async (client) => {
    const { rows } = await client.query<{ hashes: Buffer }>(
      `select hashes from log_tiles where family = 'sha256' and level = 0 order by index`,
    )
    return rows.flatMap(({ hashes }) => splitHashes(hashes))
  })
  const foreign: number[] = []
  let edge = EMPTY_EDGE
  for (const [size, root] of [...seen].sort(([a], [b]) => a - b)) {
    edge = growTree(edge, leaves.slice(edge.size, size)).edge
    if (edge.size !== size || rootOf(edge).toString('base64') !== root) foreign.push(size)
  }
  return foreign
}
