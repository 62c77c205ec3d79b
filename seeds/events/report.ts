import { randomBytes } from 'node:crypto'
import { importSigningJwk, type Jwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { signCompactJws } from '../../gateway/jose/compact-jws.ts'
import { REQUEST_TYP } from '../../gateway/stages/authenticate.ts'
import type { SeedEvent } from './types.ts'

export interface ReportOptions {
  /** Data plane. */
  url: string
  gatewayId: string
  /** Each system's private key. */
  keyOf: (system: string) => Jwk
  now?: () => number
  /** Calls under way at once. Default 8. */
  concurrency?: number
}

/**
 * Reports events through the real interface, each signed by the system that has it. Answers how many were taken in.
 *
 * Errors: throws for the first refusal, naming event id and code.
 */
export async function reportEvents(
  events: readonly SeedEvent[],
  { url, gatewayId, keyOf, now = Date.now, concurrency = 8 }: ReportOptions,
): Promise<number> {
  const crypto = createSoftwareCrypto()
  const keys = new Map(
    [...new Set(events.map(({ system }) => system))].map((id) => [id, importSigningJwk({ ...keyOf(id) })]),
  )
  async function report({ system, event }: SeedEvent): Promise<void> {
    const iat = Math.floor(now() / 1000)
    const jti = randomBytes(16).toString('base64url')
    const payload = JSON.stringify({ ...event, jti, iss: system, aud: gatewayId, op: 'events', iat, exp: iat + 120 })
    const response = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/jose' },
      body: await signCompactJws(crypto, keys.get(system)!, { typ: REQUEST_TYP }, payload),
    })
    const answer = (await response.json()) as { code?: string; reasons?: { rule: string }[] }
    if (!response.ok)
      throw new Error(`event \`${event.eventId}\`: ${answer.code} ${answer.reasons?.map(({ rule }) => rule).join(' ')}`)
  }
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < events.length; at = next++) await report(events[at]!)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return events.length
}
