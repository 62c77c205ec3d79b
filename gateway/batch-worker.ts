import { setPriority } from 'node:os'
import { openBatchTools, openCourtesy, startBatchWork } from './assembly/batch-work.ts'
import { openExchangeParts } from './assembly/exchange-parts.ts'
import type { Catalog } from './catalog/types.ts'
import type { Config } from './config.ts'
import { createShutdown, type Shutdown } from './shutdown.ts'
import type { Logger } from './telemetry/logger.ts'

export interface BatchWorker {
  catalog: Catalog
  /** Lines under way to their end, the rest to other workers, stores closed. */
  stop(): Promise<void>
}

/**
 * Runs lines of batches in this process, which answers nobody and stands back for those that do. Any number may run.
 *
 * Errors: as a gateway's, when catalogue, policies, keys, endpoints or database are not fit.
 */
export async function startBatchWorker(
  config: Config,
  logger: Logger,
  now: () => number = Date.now,
): Promise<BatchWorker> {
  const shutdown = createShutdown()
  try {
    return { catalog: await open(config, logger, now, shutdown), stop: shutdown.run }
  } catch (thrown) {
    await shutdown.run()
    throw thrown
  }
}

async function open(config: Config, logger: Logger, now: () => number, shutdown: Shutdown): Promise<Catalog> {
  // Nobody comes here to see their own data.
  const parts = await openExchangeParts({ ...config, identity: null }, logger, now, shutdown)
  const tools = openBatchTools(parts)
  shutdown.opened(tools.store.close)
  const courtesy = openCourtesy(parts, true)
  shutdown.opened(async () => courtesy.close())
  const work = startBatchWork(parts, tools, courtesy)
  shutdown.opened(work.stop, config.shutdownTimeoutMs)
  return parts.catalog
}

/**
 * Whoever is being answered goes first on this machine's processors too, three to one when both want all of them. No lower:
 * on a machine that is always busy a batch would stand still (measured at 10 and 19: no line in a quarter of a minute).
 */
export function standBack(): void {
  setPriority(5)
}
