import { join } from 'node:path'
import { LOG_ANCHOR_FILE, loadLogKeys } from '../adapters/files/log-keys.ts'
import type { Config } from '../config.ts'
import { createLogService, type LogService } from '../log-service.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Stores } from './stores.ts'

/** The verifiable log over the records: integrates in the background while this process holds the lock. */
export async function publishLog(
  config: Config,
  { crypto }: Stores,
  { metrics, logger }: Telemetry,
  now: () => number,
): Promise<LogService> {
  const keys = await loadLogKeys(config.keysDir)
  const service = createLogService({
    url: config.databaseUrl,
    crypto,
    logKey: keys.log,
    sm2Key: keys.sm2,
    origin: config.gatewayId,
    anchorFile: config.logAnchorFile ?? join(config.keysDir, LOG_ANCHOR_FILE),
    ...(config.witness !== null && { witness: config.witness }),
    now,
    log: (line) => logger.warn(line),
    onMetric: metrics.gauge,
  })
  service.start()
  return service
}
