import type { SharedSecrets } from '../../gateway/ports/shared-secrets.ts'
import { unreachable } from '../failures.ts'
import type { createSecretSeal } from './secret-cipher.ts'

export interface LoginSecret {
  secret: string
  /** Until when the platform takes it; `null` = it says nothing. */
  endsAtMs: number | null
}

export interface SecretKeeper {
  /** The secret to sign with now. Errors: `provider.unreachable` when the only one known has ended and none could be had. */
  current(): Promise<string>
  /** A call was refused: another process may have renewed the secret meanwhile. */
  doubt(): void
}

export interface SecretKeeperOptions {
  name: string
  shared: SharedSecrets
  seal: ReturnType<typeof createSecretSeal>
  /** What the installation was given first. */
  first: LoginSecret
  /** Asks the platform for a new secret, signing with the one in force. */
  refresh: (current: string) => Promise<LoginSecret>
  refreshBeforeMs: number
  now: () => number
  onFailure: () => void
}

/** How long what was read from the store is taken for true, and how long after a failure nothing is tried. */
const READ_AGAIN_MS = 30_000
const TRY_AGAIN_MS = 60_000

/**
 * Keeps one login secret fresh: refreshed before it ends, by one process at a time, while calls go on with the old one.
 *
 * Every renewal looks at the store first, under the lock: whoever comes second finds the work done.
 */
export function createSecretKeeper(options: SecretKeeperOptions): SecretKeeper {
  const { name, shared, seal, first, refresh, refreshBeforeMs, now, onFailure } = options
  let held: LoginSecret = first
  let readAtMs = Number.NEGATIVE_INFINITY
  let triedAtMs = Number.NEGATIVE_INFINITY
  let renewing: Promise<void> | undefined

  const due = ({ endsAtMs }: LoginSecret) => endsAtMs !== null && now() >= endsAtMs - refreshBeforeMs
  const ended = ({ endsAtMs }: LoginSecret) => endsAtMs !== null && now() >= endsAtMs
  const take = (sealed: Buffer | null): void => {
    const text = sealed === null ? undefined : seal.open(sealed)
    const found = text === undefined ? undefined : (JSON.parse(text) as LoginSecret)
    // The installation may have been given a newer one by hand.
    if (found !== undefined && (found.endsAtMs ?? 0) >= (held.endsAtMs ?? 0)) held = found
  }

  async function readStored(): Promise<void> {
    readAtMs = now()
    // With the store away, what this process holds is as good as before.
    await shared.read(name).then(take, () => undefined)
  }

  async function renew(): Promise<void> {
    triedAtMs = now()
    try {
      const outcome = await shared.renew(name, async (sealed) => {
        take(sealed)
        if (!due(held)) return null
        held = await refresh(held.secret)
        return seal.seal(JSON.stringify(held))
      })
      if (outcome === 'busy') {
        readAtMs = Number.NEGATIVE_INFINITY
        triedAtMs = now() - TRY_AGAIN_MS + 1_000
      }
    } catch {
      onFailure()
    }
  }

  return {
    async current() {
      if (now() - readAtMs >= READ_AGAIN_MS) await readStored()
      if (due(held) && renewing === undefined && now() - triedAtMs >= TRY_AGAIN_MS) {
        renewing = renew().finally(() => {
          renewing = undefined
        })
      }
      if (!ended(held)) return held.secret
      await renewing
      if (ended(held)) await readStored()
      if (ended(held)) throw unreachable('the login secret has ended and could not be refreshed')
      return held.secret
    },
    doubt() {
      readAtMs = Number.NEGATIVE_INFINITY
    },
  }
}
