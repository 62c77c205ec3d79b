import { cpus, totalmem } from 'node:os'
import { benchAudit } from './audit.ts'
import { benchBatch } from './batch.ts'
import { benchDecisions } from './decisions.ts'
import { benchExchange } from './exchange.ts'
import { benchPrefill } from './prefill.ts'

/** `npm run bench [name …]`: every benchmark, or those named. One machine, one run: read ratios, not absolute figures. */
const BENCHES: Record<string, () => Promise<void>> = {
  exchange: benchExchange,
  decisions: benchDecisions,
  audit: benchAudit,
  batch: benchBatch,
  prefill: benchPrefill,
}

const asked = process.argv.slice(2)
console.log(
  `机器 machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`,
)
for (const [name, bench] of Object.entries(BENCHES)) if (asked.length === 0 || asked.includes(name)) await bench()
process.exit(0)
