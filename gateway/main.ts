import { standBack, startBatchWorker } from './batch-worker.ts'
import { loadConfig } from './config.ts'
import { startGateway } from './gateway.ts'
import { createLogger, describeError, type Logger } from './telemetry/logger.ts'

/**
 * Runs the gateway until it is told to stop. SIGTERM and SIGINT shut it down in order: a call that was accepted is
 * answered and recorded first.
 */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const config = loadConfig(env)
  const logger = createLogger(config.logLevel)
  const gateway = await startGateway(config, logger)
  process.send?.({ ready: true, dataUrl: gateway.dataUrl, managementUrl: gateway.managementUrl })
  await untilToldToStop(logger, gateway.stop)
}

/** Runs lines of batches until told to stop; lines under way are finished first. */
export async function workBatches(env: NodeJS.ProcessEnv): Promise<void> {
  const config = loadConfig(env)
  const logger = createLogger(config.logLevel)
  standBack()
  const worker = await startBatchWorker(config, logger)
  logger.info({ catalog: worker.catalog.version }, 'running batches')
  process.send?.({ ready: true })
  await untilToldToStop(logger, worker.stop)
}

async function untilToldToStop(logger: Logger, shutDown: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = (signal: string): void => {
      logger.info({ signal }, 'stopping')
      void shutDown().then(resolve, (thrown) => {
        logger.error({ error: describeError(thrown) }, 'shutdown failed')
        process.exitCode = 1
        resolve()
      })
    }
    process.once('SIGTERM', () => stop('SIGTERM'))
    process.once('SIGINT', () => stop('SIGINT'))
    process.once('disconnect', () => stop('disconnect'))
  })
  // A connection to a store that is away may still be trying; everything that matters has ended.
  setTimeout(() => process.exit(), 2_000).unref()
  // A channel to the starter, with somebody listening on it, would keep the process alive.
  if (process.connected) process.disconnect()
}
