import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask } from '../../../gateway/client/index.ts'
import type { Installation } from '../../../seeds/installation/installation.ts'
import { FATHER, OPERATORS } from '../../../seeds/population/cast.ts'
import { type Answered, call, jose, jws, newJti, payloadOf } from '../../support/wire.ts'
import type { Fleet } from './fleet.ts'
import type { Ledger } from './ledger.ts'
import { oneOf } from './random.ts'

const SYSTEM = 'rc-enrolment'
const RELEASED: Ask = {
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  case: 'FAULTS-2026-0001',
  purpose: '义务教育入学资格核验',
  operator: { ...OPERATORS.education },
  subject: { type: 'person', idType: 'resident-id', id: FATHER.id, name: FATHER.name },
  fields: ['household-registration.address', 'household-registration.householder'],
}
const REFUSED: Ask = { ...RELEASED, fields: ['household-registration.ethnicGroup'] }
/** One in so many asks for what it may not have. */
const REFUSED_EVERY = 4
/** Kept whole, to be verified as evidence. */
const SAMPLE_EVERY = 60
/** A server that was killed resets its connections; one that is held up must not hold the run up. */
const PATIENCE_MS = 20_000
/** Between two calls of one caller, at most: the generator shares the machine with what is being killed. */
const PAUSE_MS = 25

/** Both kinds of question get what they are meant to get, before anything is killed. Errors: says what came instead. */
export async function assertAnswered({
  installation,
  fleet,
}: Pick<ClientsOptions, 'installation' | 'fleet'>): Promise<void> {
  const key = installation.systemKeys.get(SYSTEM)!.jwk
  for (const [ask, expected] of [
    [RELEASED, 200],
    [REFUSED, 403],
  ] as const) {
    const body = await jws(key, payloadOf(SYSTEM, 'query', ask))
    const { status, text } = await call(fleet.living()[0]!.dataUrl, jose('/v1/query', body))
    if (status !== expected)
      throw new Error(`应得 ${expected}，得到 / expected ${expected}, got ${status}: ${text.slice(0, 600)}`)
  }
}

export interface ClientsOptions {
  installation: Installation
  fleet: Fleet
  ledger: Ledger
  count: number
  random: () => number
}

/**
 * Callers that never stop asking, each over whichever gateway lives. When an answer is lost they do as a department's
 * system should: the same signed request goes to another gateway, which tells the first exchange if there was one; then
 * they ask again under a new id, naming it in `retryOf`.
 */
export function startClients({ installation, fleet, ledger, count, random }: ClientsOptions): {
  stop(): Promise<void>
} {
  const key = installation.systemKeys.get(SYSTEM)!.jwk
  let running = true

  async function send(body: string): Promise<Answered | 'lost' | 'nobody'> {
    const member = oneOf(fleet.living(), random)
    if (member === undefined) return 'nobody'
    const timeout = new AbortController()
    const late = sleep(PATIENCE_MS, 'lost' as const, { signal: timeout.signal }).catch(() => 'lost' as const)
    const answered = call(member.dataUrl, jose('/v1/query', body)).catch(() => 'lost' as const)
    return Promise.race([answered, late]).finally(() => timeout.abort())
  }

  /** One request until its fate is known; answers the exchange to name in the next one's `retryOf`. */
  async function ask(retryOf: string | undefined): Promise<string | undefined> {
    const refused = Math.floor(random() * REFUSED_EVERY) === 0
    const jti = newJti()
    const request = { ...(refused ? REFUSED : RELEASED), jti, ...(retryOf !== undefined && { retryOf }) }
    const body = await jws(key, payloadOf(SYSTEM, 'query', request))
    for (let sends = 0; running; sends++) {
      const answered = await send(body)
      if (answered === 'nobody') {
        await sleep(20)
        continue
      }
      if (answered === 'lost') {
        ledger.lost += 1
        continue
      }
      const exchangeId = take(answered, { jti, body, repeated: sends > 0 })
      if (exchangeId === undefined) return undefined
      await sleep(20)
      // The record may be there or not. One half asks for it with the same request, the other goes on to the next.
      if (answered.status !== 503 || random() < 0.5) return exchangeId
    }
    return undefined
  }

  /** Enters an answer; gives the exchange whose outcome the caller still does not have. */
  function take(answered: Answered, sent: { jti: string; body: string; repeated: boolean }): string | undefined {
    const { status, headers } = answered
    const exchangeId = headers['x-exchange-id'] === undefined ? undefined : String(headers['x-exchange-id'])
    const json = answered.json()
    const index = headers['x-record-index'] === undefined ? null : Number(headers['x-record-index'])
    if (status === 200 && exchangeId !== undefined && index !== null) {
      const evidence = String(json.evidence)
      const jwtHash = createHash('sha256').update(evidence.split('~', 1)[0]!).digest('hex')
      ledger.enter({ exchangeId, jti: sent.jti, outcome: 'released', code: null, index, jwtHash, told: false })
      if (ledger.released % SAMPLE_EVERY === 1) ledger.samples.push({ answer: json, body: sent.body, system: SYSTEM })
      return undefined
    }
    if (json.code === 'record.unavailable') {
      ledger.unavailable += 1
      return exchangeId
    }
    if (json.code === 'request.replayed' && sent.repeated) {
      const first = json.firstExchange as { id: string; outcome: string | null }
      ledger.replayed += 1
      if (first.outcome !== null) {
        const outcome = first.outcome === 'released' ? 'released' : 'refused'
        const entered = {
          exchangeId: first.id,
          jti: sent.jti,
          outcome,
          code: null,
          index: null,
          jwtHash: null,
        } as const
        ledger.enter({ ...entered, told: true })
      }
      return first.id
    }
    if (status >= 400 && status !== 401 && exchangeId !== undefined) {
      const code = String(json.code)
      ledger.enter({ exchangeId, jti: sent.jti, outcome: 'refused', code, index: null, jwtHash: null, told: false })
      return undefined
    }
    ledger.fault(`HTTP ${status} ${json.code}：没有记录的答复 / an answer without a record`)
    return undefined
  }

  const loops = Array.from({ length: count }, async () => {
    let lost: string | undefined
    while (running) {
      lost = await ask(lost)
      await sleep(PAUSE_MS * random())
    }
  })
  return {
    async stop() {
      running = false
      await Promise.all(loops)
    },
  }
}
