import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Tracing } from './spans.ts'

/** What every part reports to. */
export interface Telemetry {
  metrics: Metrics
  tracing: Tracing
  logger: Logger
}
