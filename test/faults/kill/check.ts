import { setTimeout as sleep } from 'node:timers/promises'
import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import { checkRecords } from '../../../gateway/adapters/postgres/log/records-check.ts'
import { httpReader } from '../../../gateway/log/http-reader.ts'
import { parseVkey } from '../../../gateway/log/note-key.ts'
import { parsePolicy } from '../../../gateway/log/policy.ts'
import { verifyLog } from '../../../gateway/log/verify-log.ts'
import { compareAnswers, foreignCheckpoints } from './check-answers.ts'
import { checkSamples } from './check-samples.ts'
import type { Onlooker } from './checkpoints.ts'
import type { City } from './city.ts'
import type { Ledger } from './ledger.ts'
import { readLeaves, readRecords } from './read-log.ts'

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

  const { rows, size } = await readRecords(ownerUrl)
  const answered = compareAnswers(rows, size, ledger.answers)
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
  for (let waited = 0; waited < 60 && (!report.ok || report.size < size); waited++) {
    if (report.fault !== null && report.fault.code !== 'witness') break
    await sleep(500)
    report = await verify()
  }
  if (!report.ok) faults.push(`verifyLog：${report.fault?.zh} / ${report.fault?.en}`)
  if (report.size !== size)
    faults.push(`日志 ${report.size} 条，记录 ${size} 条 / entries and records differ in number`)
  const records = await checkRecords(ownerUrl)
  if (records.fault !== null) faults.push(`checkRecords：${records.fault.zh} / ${records.fault.en}`)
  if (records.checked !== size) faults.push('有记录未核对 / records were left unchecked')

  const forks = foreignCheckpoints(await readLeaves(ownerUrl), onlooker.seen)
  for (const size of forks)
    faults.push(`规模 ${size} 的检查点不属于此日志 / the checkpoint of size ${size} is of another history`)
  faults.push(...(await checkSamples(city, ledger.samples, policy)))
  return {
    records: size,
    unanswered: answered.unanswered,
    gaps: answered.gaps,
    forks: forks.length + forksSeen,
    samples: ledger.samples.length,
    checkpoints: onlooker.seen.size,
    faults,
  }
}
