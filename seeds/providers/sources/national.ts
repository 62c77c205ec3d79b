import { createHash } from 'node:crypto'
import type { Endpoint } from '../../../gateway/ports/connector.ts'
import type { Population } from '../../population/types.ts'
import { text } from '../find.ts'
import { type NationalSimulator, REFRESH_SID, startNationalSimulator } from '../national-simulator.ts'
import { healthRegisters } from '../registers/health.ts'

/** As the birth-record dataset's configuration names it. */
const BIRTH_SERVICE = 's_100000000000_0042'
const RID = 'rid-371082'
/** Short enough that the first question of a run refreshes the secret, as every day's first does in the field. */
const SECRET_LIVES_MS = 9 * 60_000

export interface NationalSource {
  simulator: NationalSimulator
  endpoint: Endpoint
}

/** The national platform with one service: 国家卫生健康委 answers for medical certificates of birth. */
export async function startNational(city: Population, now: () => number = Date.now): Promise<NationalSource> {
  const births = healthRegisters(city)['/birth/certificate']
  const secretEndTime = now() + SECRET_LIVES_MS
  // They guard synthetic data on loopback only, so they follow from the seed.
  const made = (word: string) => createHash('sha256').update(`${city.seed}/${word}`).digest('hex').slice(0, 32)
  const [secret, authCode] = [made('national-secret'), made('national-code')]
  const simulator = await startNationalSimulator({
    now,
    apps: [{ rid: RID, authCode, secret, secretEndTime, services: [BIRTH_SERVICE] }],
    services: {
      [BIRTH_SERVICE]: {
        ratePerHour: 1_000_000,
        answer({ cardNo }) {
          const finding = births?.({ cardNo: text(cardNo) })
          return finding?.kind === 'rows' ? { data: finding.rows } : { code: '3001', message: '参数不完整' }
        },
      },
    },
  })
  const secrets = { rid: RID, secret, authCode, refreshSid: REFRESH_SID, secretEndTime: String(secretEndTime) }
  return { simulator, endpoint: { url: simulator.url, secret: secrets } }
}
