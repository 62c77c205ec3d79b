import type { Bilingual } from '../../errors/exchange-error.ts'
import { MigrationRefused } from './migration-refused.ts'

/**
 * How long a migration waits for one lock. Whoever comes after a waiting ALTER TABLE waits behind it, exchanges too; a
 * record may take 2 s (`statementTimeoutMs` of the log), so that a second's wait delays exchanges and refuses none.
 */
export const LOCK_WAIT_MS = 1_000

export interface Patience {
  tries: number
  /** Between two tries: the exchanges that queued up go through. */
  pauseMs: number
}
/** A minute and a half: longer than any statement of a gateway or a worker, shorter than a backup. */
export const PATIENCE: Patience = { tries: 30, pauseMs: 2_000 }

/** lock_not_available, and deadlock_detected: the losing side is rolled back and may come again. */
const HELD_CODES = new Set(['55P03', '40P01'])

export interface PatientOptions {
  patience: Patience
  /** Hears once that others hold what is needed. */
  onWait: (text: Bilingual) => void
  /** Who may be holding it, one line each; asked when patience is over. */
  holders: () => Promise<string[]>
}

/**
 * Does `work`, again where others hold a lock it needs. `work` leaves nothing behind when it fails.
 *
 * Errors: `MigrationRefused` when the lock was never free; whatever else `work` throws.
 */
export async function patiently<T>(work: () => Promise<T>, { patience, onWait, holders }: PatientOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (thrown) {
      if (!HELD_CODES.has((thrown as { code?: string }).code ?? '')) throw thrown
      if (attempt >= patience.tries) throw new MigrationRefused(HELD, await holders(), { cause: thrown })
      if (attempt === 1) onWait(WAITING)
      await new Promise((resolve) => setTimeout(resolve, patience.pauseMs))
    }
  }
}

const WAITING: Bilingual = {
  zh: '表被其他会话占用（多为备份），稍后再试；期间交换照常',
  en: 'others hold the tables, a backup perhaps; trying again, exchanges go on',
}
const HELD: Bilingual = {
  zh: '数据库未能升级：表一直被其他会话占用（多为备份 pg_dump，或控制台上未结束的事务）。未完成的步骤已回滚，待其结束后再运行 guanyi migrate',
  en: 'not migrated: others hold the tables all along, a backup (pg_dump) or a transaction left open at a console. What was not finished is rolled back; run `guanyi migrate` again once they have ended',
}
