import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { readEntry } from '../evidence-package/entry-view.ts'
import { RecordAltered } from '../log/prove.ts'
import { NoteError } from '../log/signed-note.ts'
import { TileMissing } from '../log/tile-nodes.ts'
import { ProofError, parseProof, verifyProof } from '../log/tlog-proof.ts'
import type { LogService } from '../log-service.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { MaterialCodes } from '../ports/material-codes.ts'
import { parseVerificationCode } from './verification-code.ts'

/** What anybody who holds a paper may learn of it: that it was issued, and whether the log stands by that. Nothing personal. */
export interface IssuedPaper {
  paper: 'sheet' | 'copy'
  gatewayId: string
  issuedAt: string
  /** Past it, a paper not yet filed is to be issued anew. */
  fileBy: string
  department: string
  item: string
  index: number
  /** `included`: a proof against a signed checkpoint was computed and holds. `pending`: no checkpoint covers it yet. */
  proof: 'included' | 'pending' | 'failed'
  checkpointSize: number | null
  /** Of the page's bytes as they were handed out, hex. */
  pageSha256: string
}

/** The log was read, and does not bear the record out. */
const NOT_PROVEN = [RecordAltered, ProofError, NoteError, TileMissing] as const

export interface LookUpDeps {
  crypto: CryptoProvider
  codes: Pick<MaterialCodes, 'find'>
  log: Pick<LogService, 'locate' | 'prove' | 'signers'>
  catalog: () => Catalog
}

/**
 * Finds the paper a code is printed on. Everything told is read from the record's entry, which the log's tree covers; the
 * table of codes only says where to look, and the entry must say the same digest.
 *
 * Errors: `record.unavailable`.
 */
export function createLookUpCode({ crypto, codes, log, catalog }: LookUpDeps) {
  return async (typed: string): Promise<IssuedPaper | undefined> => {
    // What is no code is looked for too: all misses take one look-up.
    const digest = crypto.digest('SHA-256', Buffer.from(parseVerificationCode(typed) ?? ''))
    const exchangeId = await codes.find(digest)
    const place = exchangeId === undefined ? undefined : await log.locate({ exchangeId })
    if (place === undefined) return undefined
    const entry = readEntry(place.entry)
    const details = entry.details ?? {}
    if (entry.kind !== 'material' || details.codeSha256 !== digest.toString('base64url')) return undefined
    const { members, items } = catalog()
    const department = entry.onBehalfOf ?? entry.member
    return {
      paper: details.paper === 'copy' ? 'copy' : 'sheet',
      gatewayId: entry.gateway,
      issuedAt: entry.at,
      fileBy: String(details.fileBy),
      department: members.get(department)?.name ?? department,
      item: items.get(entry.item ?? '')?.name ?? entry.item ?? '',
      index: place.index,
      ...(await proofOf(place)),
      pageSha256: String(details.pageSha256),
    }
  }

  /** The proof is computed and then checked as an outsider would, with the log's public key alone. */
  async function proofOf(
    place: NonNullable<Awaited<ReturnType<LogService['locate']>>>,
  ): Promise<Pick<IssuedPaper, 'proof' | 'checkpointSize'>> {
    try {
      const proof = parseProof(await log.prove(place, 0))
      const { size } = await verifyProof(crypto, proof, place.entry, [log.signers.logKey])
      return { proof: 'included', checkpointSize: size }
    } catch (thrown) {
      if (thrown instanceof ExchangeError && thrown.code === 'proof.pending')
        return { proof: 'pending', checkpointSize: null }
      if (NOT_PROVEN.some((kind) => thrown instanceof kind)) return { proof: 'failed', checkpointSize: null }
      throw thrown
    }
  }
}
