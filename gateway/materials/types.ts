import type { Subject } from '../exchange.ts'
import type { MaterialNote } from '../prefill/types.ts'

/** How long after a paper was issued it may be put to the case it is for; then it is asked for anew. */
export const FILE_WITHIN_MS = 24 * 3_600_000

/** What every paper says of itself, whatever it shows. */
export interface Paper {
  gatewayId: string
  note: MaterialNote
  department: string
  item: string
  purpose: string
  caseNo: string | null
  application: string | null
  bearer: Subject | undefined
  /** Where the paper can be checked, with its code. */
  checkAt: string
  code: string
  issuedAtMs: number
  fileByMs: number
}
