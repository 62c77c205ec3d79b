import { withClient } from '../../../seeds/services/postgres-client.ts'
import { strangerId } from '../../batches/stranger-id.ts'
import type { Plant } from './plant.ts'

export interface Recorded {
  records: number
  distinct: number
  /** Lines asked about more than once: their worker died, or a store went, between answer and record. */
  askedAgain: number
  /** Of those, lines that had a record already. Must be none. */
  askedAfterFinished: number
  neverAsked: number
}

/**
 * Holds every line against the log and the source. The line's case number, which the record has in clear, says which person
 * it was; no line was finished when somebody asked about its person later than its record was made.
 */
export async function recordedLines({ ownerUrl, asks }: Plant, from: number, lines: number): Promise<Recorded> {
  const rows = await withClient(
    ownerUrl,
    async (client) =>
      (
        await client.query<{ exchangeId: string; caseNo: string; atMs: string }>(
          `select exchange_id as "exchangeId", case_no as "caseNo", (extract(epoch from recorded_at) * 1000)::bigint as "atMs"
             from records where mode = 'batch'`,
        )
      ).rows,
  )
  const recorded = new Map<number, number>()
  const ids = new Set<string>()
  let records = 0
  for (const { exchangeId, caseNo, atMs } of rows) {
    const at = Number(caseNo.slice('BULK-2026-'.length)) - 1
    if (at < from || at >= from + lines) continue
    records += 1
    ids.add(exchangeId)
    recorded.set(at, Number(atMs))
  }
  let askedAgain = 0
  let askedAfterFinished = 0
  let neverAsked = 0
  for (let at = from; at < from + lines; at++) {
    const asked = asks.of(strangerId(at))
    if (asked === undefined) neverAsked += 1
    else if (asked.times > 1) {
      askedAgain += 1
      if (asked.lastMs > (recorded.get(at) ?? 0)) askedAfterFinished += 1
    }
  }
  return { records, distinct: ids.size, askedAgain, askedAfterFinished, neverAsked }
}

export interface Left {
  /** Lines, turns and uploads still staged. */
  staged: number
  destruction: { act: string; reason: string; resultsSha256: string } | null
  /** Places of the log without a record. */
  gaps: number
}

/** What is left once the results were acknowledged. */
export async function leftOver({ ownerUrl }: Plant, batch: string): Promise<Left> {
  return await withClient(ownerUrl, async (client) => {
    const [counted] = (
      await client.query<{ staged: number; gaps: number }>(
        `select (select count(*)::int from batch_lines) + (select count(*)::int from batch_turns)
                + (select count(*)::int from batch_uploads) as staged,
                (select size - (select count(*) from records) from log_head)::int as gaps`,
      )
    ).rows
    const entries = await client.query<{ entry: Buffer }>(
      `select entry from records where mode = 'batches' order by index desc limit 5`,
    )
    const destruction =
      entries.rows
        .map(({ entry }) => JSON.parse(entry.toString()).details as Left['destruction'] & { batch: string })
        .find((details) => details.act === 'destroyed' && details.batch === batch) ?? null
    return { staged: counted!.staged, gaps: counted!.gaps, destruction }
  })
}
