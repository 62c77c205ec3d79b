import type { AccessCounts, AccessLine } from '../../../dossier/accesses.ts'
import { columnsOf, placeOf, type RecordRow } from '../log/record-row.ts'

export interface LineRow extends RecordRow {
  entry: Buffer
  salt: Buffer
  is_subject: boolean
  suppression: { id: string; legal_basis: string; valid_from: string; valid_until: string; approved_by: string } | null
}

export function lineOf(row: LineRow): AccessLine {
  const { suppression } = row
  return {
    ...placeOf(row),
    ...columnsOf(row),
    entry: row.entry,
    salt: row.salt,
    isSubject: row.is_subject,
    suppression:
      suppression === null
        ? null
        : {
            id: String(suppression.id),
            legalBasis: suppression.legal_basis,
            fromMs: Date.parse(suppression.valid_from),
            untilMs: Date.parse(suppression.valid_until),
            approvedBy: suppression.approved_by,
          },
  }
}

export function countsOf(
  rows: readonly { member: string; scenario: string | null; outcome: AccessLine['outcome']; n: string }[],
): AccessCounts {
  const counts: AccessCounts = { total: 0, released: 0, refused: 0, failed: 0, byMember: [], byScenario: [] }
  const members = new Map<string, number>()
  const scenarios = new Map<string | null, number>()
  for (const { member, scenario, outcome, n } of rows) {
    counts.total += Number(n)
    counts[outcome] += Number(n)
    members.set(member, (members.get(member) ?? 0) + Number(n))
    scenarios.set(scenario, (scenarios.get(scenario) ?? 0) + Number(n))
  }
  const most = <T extends { count: number }>(list: T[]): T[] => list.sort((a, b) => b.count - a.count)
  counts.byMember = most([...members].map(([member, count]) => ({ member, count })))
  counts.byScenario = most([...scenarios].map(([scenario, count]) => ({ scenario, count })))
  return counts
}
