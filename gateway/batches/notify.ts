import type { Catalog } from '../catalog/types.ts'
import { signCompactJws } from '../jose/compact-jws.ts'
import type { CryptoProvider, SigningKey } from '../ports/crypto.ts'
import type { Batch, BatchStore, Delivery } from './types.ts'
import { stateOf } from './view.ts'

export const NOTICE_TYP = 'batch-notice+jws'

export interface NotifyDeps {
  gatewayId: string
  store: BatchStore
  catalog: () => Catalog
  crypto: CryptoProvider
  signingKey: () => SigningKey
  newId: () => string
  now: () => number
  http?: typeof fetch
}

const MAX_ATTEMPTS = 8
const FIRST_PAUSE_MS = 5_000
const TIMEOUT_MS = 5_000
const AT_ONCE = 8

/** Notices of completion: signed, only to addresses in the catalogue entry of the system that asked. */
export interface Notices {
  /** Where a system is registered to be told; notices are put in place with the end of the batch itself. */
  addressesOf(system: string): readonly string[]
  /** Sends what is due. A notice nobody takes is tried again, ever later, and is dead after eight times. */
  deliver(): Promise<number>
}

export function createNotices(deps: NotifyDeps): Notices {
  const { store, http = fetch } = deps
  const addressesOf = (system: string): readonly string[] => deps.catalog().systems.get(system)?.system.webhooks ?? []

  async function send(delivery: Delivery): Promise<void> {
    const batch = await store.find(delivery.batch)
    // The address may have left the catalogue since: nothing is sent there then.
    const failure =
      batch === undefined || !addressesOf(batch.system).includes(delivery.url)
        ? 'address-withdrawn'
        : await post(batch, delivery.url)
    if (failure === null) return await store.endDelivery(delivery, { state: 'delivered', failure, inMs: 0 })
    const dead = failure === 'address-withdrawn' || delivery.attempts >= MAX_ATTEMPTS
    await store.endDelivery(delivery, {
      state: dead ? 'dead' : 'pending',
      failure,
      inMs: dead ? 0 : FIRST_PAUSE_MS * 2 ** (delivery.attempts - 1),
    })
  }

  async function post(batch: Batch, url: string): Promise<string | null> {
    const { id, count, released, refused, failed } = batch
    const payload = {
      iss: deps.gatewayId,
      aud: batch.system,
      iat: Math.floor(deps.now() / 1000),
      jti: deps.newId(),
      event: 'batch.finished',
      batch: { id, state: stateOf(batch), count, released, refused, failed },
    }
    const body = await signCompactJws(
      deps.crypto,
      deps.signingKey(),
      { typ: NOTICE_TYP },
      Buffer.from(JSON.stringify(payload)),
    )
    try {
      const response = await http(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/jose' },
        redirect: 'manual', // the catalogue names the address; nobody else may
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      await response.body?.cancel()
      return response.ok ? null : `http-${response.status}`
    } catch (thrown) {
      const { name } = thrown as Error
      return name === 'TimeoutError' ? 'timeout' : 'unreachable'
    }
  }

  return {
    addressesOf,
    async deliver() {
      const due = await store.takeDeliveries(AT_ONCE, 4 * TIMEOUT_MS)
      await Promise.all(due.map(send))
      return due.length
    },
  }
}
