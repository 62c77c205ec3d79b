import { parseHash, parseSize } from '../log/checkpoint.ts'

/** Source: C2SP tlog-witness: at most 63 proof lines. */
const MAX_PROOF_LINES = 63

export interface AddCheckpoint {
  oldSize: number
  proof: readonly Buffer[]
  checkpoint: string
}

/** Body of `POST /add-checkpoint`: old size, proof lines, an empty line, the checkpoint. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  return `old ${oldSize}\n${proof.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${checkpoint}`
}

/** `undefined` for a body that is not well formed. */
export function parseAddCheckpoint(body: string): AddCheckpoint | undefined {
  const blank = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, Math.max(blank, 0)).split('\n')
  const oldSize = first.startsWith('old ') ? parseSize(first.slice('old '.length)) : undefined
  const proof = lines.map(parseHash)
  if (oldSize === undefined || proof.length > MAX_PROOF_LINES || !proof.every((hash) => hash !== undefined))
    return undefined
  return { oldSize, proof, checkpoint: body.slice(blank + 2) }
}
