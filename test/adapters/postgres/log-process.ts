import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import { loadLogKeys } from '../../../gateway/adapters/files/log-keys.ts'
import { createLogService } from '../../../gateway/log-service.ts'

/** One integrating process, to be killed: `log-process.ts <database url> <keys dir> <anchor file> <origin>`. */
const [url, keysDir, anchorFile, origin] = process.argv.slice(2) as [string, string, string, string]
const { log, sm2 } = await loadLogKeys(keysDir)
createLogService({
  url,
  crypto: createSoftwareCrypto(),
  logKey: log,
  sm2Key: sm2,
  origin,
  anchorFile,
  now: Date.now,
  log: (line) => process.stderr.write(`${line}\n`),
  intervalMs: 20,
  stuckAfterMs: 1500,
}).start()
process.send?.('started')
