import { EMPTY_EDGE, growTree, rootOf } from '../../../gateway/log/tree.ts'
import type { Told } from './ledger.ts'
import type { RecordRow } from './read-log.ts'

export interface Compared {
  /** Records whose answer nobody received. */
  unanswered: number
  gaps: number
  faults: string[]
}

/** More would only repeat the first. */
const MOST_FAULTS = 50

/** Every answer is in the log exactly once, as it was given; indexes count from 0 without a gap. */
export function compareAnswers(rows: readonly RecordRow[], size: number, answers: readonly Told[]): Compared {
  const faults: string[] = []
  if (rows.length !== size) faults.push(`记录 ${rows.length} 条，应有 ${size} 条 / records and head differ`)
  const byExchange = new Map<string, RecordRow>()
  let gaps = 0
  let next = 0
  for (const row of rows) {
    if (row.index !== next) gaps += 1
    next = row.index + 1
    if (byExchange.has(row.exchangeId)) faults.push(`${row.exchangeId}：记录两次 / recorded twice`)
    byExchange.set(row.exchangeId, row)
  }
  if (next < size) gaps += 1
  if (gaps > 0) faults.push(`序号有 ${gaps} 处缺口 / gaps in the indexes`)

  for (const told of answers) {
    const row = byExchange.get(told.exchangeId)
    if (row !== undefined && fits(told, row)) continue
    const logged = row === undefined ? 'nothing' : `${row.outcome} ${row.code} at ${row.index}`
    faults.push(`${told.exchangeId}：答复与记录不符 / answered ${told.outcome} ${told.code}, logged ${logged}`)
  }
  const heard = new Set(answers.filter(({ told }) => !told).map(({ exchangeId }) => exchangeId))
  const unanswered = rows.filter(({ exchangeId }) => !heard.has(exchangeId)).length
  return { unanswered, gaps, faults: faults.slice(0, MOST_FAULTS) }
}

const fits = ({ outcome, code, index, jwtHash }: Told, row: RecordRow): boolean =>
  (row.outcome === 'released') === (outcome === 'released') &&
  (code === null || row.code === code) &&
  (index === null || row.index === index) &&
  (jwtHash === null || row.jwtHash === jwtHash)

/** Sizes of checkpoints whose root is not that of the log's first so many entries. */
export function foreignCheckpoints(leaves: readonly Buffer[], seen: ReadonlyMap<number, string>): number[] {
  const foreign: number[] = []
  let edge = EMPTY_EDGE
  for (const [size, root] of [...seen].sort(([a], [b]) => a - b)) {
    edge = growTree(edge, leaves.slice(edge.size, size)).edge
    if (edge.size !== size || rootOf(edge).toString('base64') !== root) foreign.push(size)
  }
  return foreign
}
