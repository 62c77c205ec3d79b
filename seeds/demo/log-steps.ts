import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { httpReader } from '../../gateway/log/http-reader.ts'
import { parseVkey } from '../../gateway/log/note-key.ts'
import { parsePolicy } from '../../gateway/log/policy.ts'
import { checkReceipt } from '../../gateway/log/receipt.ts'
import { verifyLog } from '../../gateway/log/verify-log.ts'
import { ENROLMENT } from '../samples/samples.ts'
import type { DemoCity } from './city.ts'
import { must } from './demo-failure.ts'
import type { Step } from './step.ts'

/** Trust in this log only with the audit bureau's cosignature. */
const policyOf = ({ installation, witness }: DemoCity) =>
  parsePolicy(`log ${installation.logVkey}\nwitness bureau ${witness.vkey}\nquorum bureau\n`)

/** The log that proves itself. */
export const LOG_STEPS: readonly Step[] = [
  {
    zh: '回执：这次交换已在日志中，且审计局见证了这个检查点（.tlog-proof，可离线核验）',
    en: 'a receipt: this exchange is in the log, and the audit bureau cosigned the checkpoint',
    async run({ city, client, voice }) {
      const enrolment = client('rc-enrolment')
      const { exchangeId } = await enrolment.query(ENROLMENT)
      const text = await (await enrolment.get(`/v1/exchanges/${exchangeId}/proof`)).text()
      const report = await checkReceipt({
        crypto: createSoftwareCrypto(),
        text,
        logKey: parseVkey(city.installation.logVkey),
        policy: policyOf(city),
        entry: undefined,
      })
      must(report.ok, report.ok ? '' : report.fault.zh)
      voice.say(
        `✓ 第 ${report.index} 条，检查点规模 ${report.size}，见证 ${report.cosignatures.map(({ name }) => name).join('、')}`,
        'verified with the log’s public key alone',
      )
    },
  },
  {
    zh: '核验整个日志：签名、见证、每条记录、根、SM3 链',
    en: 'the whole log checked: signatures, cosignature, every entry, root, SM3 chain',
    async run({ city, voice }) {
      const keys = (await (await fetch(`${city.dataUrl}/log/keys`)).json()) as { sm3: string }
      const report = await verifyLog({
        reader: httpReader({ url: `${city.dataUrl}/log`, token: city.installation.logToken }),
        crypto: createSoftwareCrypto(),
        logKey: parseVkey(city.installation.logVkey),
        sm3Key: parseVkey(keys.sm3),
        policy: policyOf(city),
      })
      must(report.ok, report.fault === null ? 'not verified' : report.fault.zh)
      voice.say(`✓ ${report.entriesChecked} 条记录全部核验，根 ${report.root}`, 'every entry verified')
      const refused = await fetch(`${city.dataUrl}/log/tile/entries/000.p/1`)
      must(refused.status === 403 || refused.status === 401, `HTTP ${refused.status}`)
      voice.say('✓ 检查点与哈希分片任何人可读；记录原文只有持日志令牌者可读', 'entries are for log readers only')
    },
  },
]
