import { parseArgs } from 'node:util'

/** What is killed: any gateway process, PostgreSQL's postmaster, or the gateway process that makes the log grow. */
export const KINDS = ['gateway', 'postgres', 'integrator'] as const
export type Kind = (typeof KINDS)[number]

export interface FaultOptions {
  /** Per kind. */
  kills: number
  kinds: readonly Kind[]
  /** Moments, targets and requests are drawn from it; what the machine makes of them is its own affair. */
  seed: number
  /** Gateway processes over one database. */
  gateways: number
  /** Callers asking at the same time, each waiting for its answer. */
  clients: number
  /** The run counts as failed when it is not through by then. */
  limitSeconds: number
}

export const DEFAULTS: FaultOptions = {
  kills: 100,
  kinds: KINDS,
  seed: 1,
  gateways: 3,
  clients: 6,
  limitSeconds: 1800,
}

/** `--kills N --kinds gateway,postgres,integrator --seed N …`. Errors: a sentence naming the option. */
export function readOptions(argv: readonly string[]): FaultOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...argv],
    options: { kills: text, kinds: text, seed: text, gateways: text, clients: text, 'limit-seconds': text },
  })
  const whole = (name: keyof typeof values, fallback: number, least: number): number => {
    const value = Number(values[name] ?? fallback)
    if (!Number.isSafeInteger(value) || value < least)
      throw new Error(`--${name}：须为不小于 ${least} 的整数 / a whole number from ${least}`)
    return value
  }
  return {
    kills: whole('kills', DEFAULTS.kills, 1),
    kinds: values.kinds === undefined ? DEFAULTS.kinds : values.kinds.split(',').map(readKind),
    seed: whole('seed', DEFAULTS.seed, 0),
    // With fewer than two nobody is there to take over.
    gateways: whole('gateways', DEFAULTS.gateways, 2),
    clients: whole('clients', DEFAULTS.clients, 1),
    limitSeconds: whole('limit-seconds', DEFAULTS.limitSeconds, 1),
  }
}

function readKind(name: string): Kind {
  const kind = KINDS.find((each) => each === name)
  if (kind === undefined) throw new Error(`--kinds：${KINDS.join(', ')}`)
  return kind
}
