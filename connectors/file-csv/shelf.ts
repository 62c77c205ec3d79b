import { asExchangeError, type ExchangeError } from '../../gateway/errors/exchange-error.ts'
import { unreachable } from '../failures.ts'
import { type Delivery, type DeliveryOptions, loadDelivery } from './delivery.ts'
import type { DropFolder, Found } from './drop-folder.ts'

export interface Shelf {
  /** The delivery in use. Errors: why there is none. */
  current(): Promise<Delivery>
}

/** The folder is looked at no more often. */
const LOOK_EVERY_MS = 5_000

/**
 * Keeps the newest delivery that is whole. A newer one is read to its end beside the one in use, and takes its place in
 * one step; one that is refused is passed over, the one in use stays, and `onRefused` hears of it once.
 */
export function createShelf(
  folder: DropFolder,
  options: DeliveryOptions,
  now: () => number,
  onRefused: (error: ExchangeError) => void,
): Shelf {
  let inUse: Delivery | undefined
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  const refused = new Map<string, ExchangeError>()
  const known = ({ name, stamp }: Found) => `${name} ${stamp}`

  async function look(): Promise<void> {
    const found = await folder.list()
    let waiting: ExchangeError | undefined
    for (const one of found) {
      const failed = refused.get(known(one))
      if (failed !== undefined) continue
      if ('manifest' in one && inUse?.manifest.name === one.name && inUse.manifest.digest === one.manifest.digest)
        return
      try {
        if ('fault' in one) throw one.fault
        inUse = await loadDelivery(folder, one.manifest, options)
        return
      } catch (thrown) {
        const error = asExchangeError(thrown)
        // What is still arriving is looked at again next time.
        if (error.code === 'provider.unreachable') {
          waiting ??= error
          continue
        }
        refused.set(known(one), error)
        onRefused(error)
      }
    }
    for (const key of refused.keys()) if (!found.some((one) => known(one) === key)) refused.delete(key)
    if (inUse !== undefined) return
    throw waiting ?? refused.values().next().value ?? unreachable('nothing has been delivered')
  }

  return {
    async current() {
      if (looking === undefined && now() - lookedAtMs >= LOOK_EVERY_MS) {
        lookedAtMs = now()
        looking = look().finally(() => {
          looking = undefined
        })
        // With a delivery in use nobody waits for the next: it takes over when it is ready.
        looking.catch(() => {
          if (inUse === undefined) lookedAtMs = Number.NEGATIVE_INFINITY
        })
      }
      if (inUse !== undefined) return inUse
      await looking
      if (inUse === undefined) throw unreachable('nothing has been delivered')
      return inUse
    },
  }
}
