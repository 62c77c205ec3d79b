import { type Logger, pino } from 'pino'

/**
 * One structured line per event, to standard output. Callers pass ids, codes and durations, never bodies, subjects or
 * errors' causes: `describeError` is the only form in which an error reaches a line.
 */
export function createLogger(level: string, destination?: pino.DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['authorization', '*.authorization', 'subject', '*.subject'],
    },
    destination ?? pino.destination({ dest: 1, sync: false, minLength: 0 }),
  )
}

export type { Logger } from 'pino'

/** Name, code and first line of our own message; of foreign errors the name and machine-readable code only. */
export function describeError(thrown: unknown): { name: string; code?: string; message?: string } {
  if (!(thrown instanceof Error)) return { name: typeof thrown }
  const code = (thrown as { code?: unknown }).code
  return {
    name: thrown.name,
    ...(typeof code === 'string' && { code }),
    // A foreign message can quote what it choked on; ours are written without values.
    ...(thrown.name === 'ExchangeError' && { message: thrown.message }),
  }
}
