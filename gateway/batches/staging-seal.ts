import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'

export type StagedKind = 'request' | 'line' | 'result'

/** Sealing of what waits in staging. */
export interface StagingSeal {
  seal(batch: StagingOwner, kind: StagedKind, line: number, plain: Uint8Array): Buffer
  open(batch: StagingOwner, kind: StagedKind, line: number, sealed: Uint8Array): Buffer
}

interface StagingOwner {
  id: string
  member: string
}

/**
 * Every department and batch has a key of its own, derived from the installation's (R101); batch, kind and line are
 * associated data, so that sealed texts cannot be swapped.
 */
export function createStagingSeal(crypto: CryptoProvider, master: SecretKey): StagingSeal {
  const keyOf = ({ id, member }: StagingOwner): SecretKey => ({
    id: master.id,
    bytes: crypto.mac('SHA-256', master, `batch-staging/${member}/${id}`),
  })
  const place = ({ id }: StagingOwner, kind: StagedKind, line: number): string => `batch-${kind}:${id}:${line}`
  return {
    seal: (batch, kind, line, plain) => crypto.seal('A256GCM', keyOf(batch), plain, place(batch, kind, line)),
    open: (batch, kind, line, sealed) => crypto.open('A256GCM', keyOf(batch), sealed, place(batch, kind, line)),
  }
}
