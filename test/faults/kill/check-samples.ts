import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import { checkAnswer } from '../../../gateway/client/check-answer.ts'
import { createKeyCache } from '../../../gateway/client/gateway-keys.ts'
import { type Answer, createClient } from '../../../gateway/client/index.ts'
import { parseVkey } from '../../../gateway/log/note-key.ts'
import type { LogPolicy } from '../../../gateway/log/policy.ts'
import { checkReceipt } from '../../../gateway/log/receipt.ts'
import { GATEWAY_ID } from '../../../seeds/installation/installation.ts'
import type { City } from './city.ts'
import type { Sample } from './ledger.ts'

/** Receipts take two calls each; evidence is verified for every sample. */
const RECEIPTS = 20

/** The evidence of the answers kept verifies for the request that was sent, and receipts for the last of them too. */
export async function checkSamples(city: City, samples: readonly Sample[], policy: LogPolicy): Promise<string[]> {
  const { fleet, installation } = city
  const url = fleet.living()[0]!.dataUrl
  const crypto = createSoftwareCrypto()
  const keys = createKeyCache(url, fetch)
  const faults: string[] = []
  for (const { answer, body, system } of samples) {
    const asked = { gatewayId: GATEWAY_ID, system, body }
    await checkAnswer(answer as unknown as Answer, asked, { crypto, resolveKey: keys.resolve }).catch((thrown: Error) =>
      faults.push(`${answer.exchangeId}：${thrown.message}`),
    )
  }
  const logKey = parseVkey(installation.logVkey)
  for (const { answer, system } of samples.slice(-RECEIPTS)) {
    const key = installation.systemKeys.get(system)!.jwk
    const client = createClient({ url, gatewayId: GATEWAY_ID, system, key })
    const text = await (await client.get(`/v1/exchanges/${answer.exchangeId}/proof`)).text()
    const receipt = await checkReceipt({ crypto, text, logKey, policy, entry: undefined })
    if (!receipt.ok) faults.push(`${answer.exchangeId}：${receipt.fault.zh} / ${receipt.fault.en}`)
  }
  return faults
}
