import { watchFileContent } from '../adapters/files/watched-file.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { OperatorRegistryError, parseOperatorRegistry, type RegisteredOperator } from './registry-file.ts'

/** Who may use the management plane, as the registry says now. */
export interface OperatorRegistry {
  /** Errors: `internal` with a public reason while the registry cannot be read: nobody gets in. */
  find(id: string): Promise<RegisteredOperator | undefined>
}

export interface OperatorRegistryOptions {
  /** JSON file of `registry-file.ts`; an absent file is an empty registry. */
  path: string
  now: () => number
  /** Told of every fault of a changed file; names ids, never keys. */
  onFault: (faults: readonly string[]) => void
}

/** A removal is in force after this at the latest. */
const LOOK_EVERY_MS = 1_000

/**
 * The registry in a file, read again when it changes, at most once a second. Every lookup waits for that look, so that a
 * removed operator is out within the second.
 *
 * A file that turns faulty closes the plane, unlike a member's keys, which stay in force: the change may have been
 * somebody's removal.
 */
export function createOperatorRegistry({ path, now, onFault }: OperatorRegistryOptions): OperatorRegistry {
  let faults: readonly string[] = []
  const file = watchFileContent<ReadonlyMap<string, RegisteredOperator>>({
    path,
    parse(text) {
      try {
        const operators = parseOperatorRegistry(text)
        faults = []
        return operators
      } catch (thrown) {
        faults = thrown instanceof OperatorRegistryError ? thrown.faults : []
        throw thrown
      }
    },
    unusable: new Map(),
    intervalMs: LOOK_EVERY_MS,
    now,
    onFault() {
      if (faults.length === 0) faults = ['读不到 / cannot be read']
      onFault(faults)
    },
  })
  return {
    async find(id) {
      const operators = await file.read()
      if (faults.length > 0) {
        throw new ExchangeError('internal', 'the operator registry is faulty', {
          publicDetail: {
            zh: '操作员名册有误，管理面已关闭，请系统管理员核对日志',
            en: 'the operator registry is faulty and the management plane is closed; see the log',
          },
        })
      }
      return operators?.get(id)
    },
  }
}
