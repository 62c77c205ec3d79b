import { raise } from '../events/accept-change.ts'
import type { NoticeStore } from '../events/notices.ts'
import type { SealedValues } from '../events/sealed-values.ts'
import type { ResultCache } from '../ports/result-cache.ts'
import type { Task } from '../ports/task.ts'

const AT_ONCE = 200

/**
 * Goes on raising cache epochs of change notices until it is done. What is to do stands in PostgreSQL, sealed, so that
 * nothing is lost with Redis and no identifier is ever in a queue.
 */
export const raiseEpochsTask = ({
  notices,
  cache,
  sealed,
  now,
}: {
  notices: Pick<NoticeStore, 'unraised' | 'raised'>
  cache: Pick<ResultCache, 'raiseEpoch'>
  sealed: SealedValues
  now: () => number
}): Task => ({
  name: 'raise-epochs',
  everyMs: 5_000,
  async run() {
    const counts = { raised: 0, left: 0 }
    for (const { exchangeId, sealedSubject } of await notices.unraised(AT_ONCE)) {
      const done = await raise({ cache, notices, now }, exchangeId, sealed.open('change', exchangeId, sealedSubject))
      counts[done ? 'raised' : 'left'] += 1
    }
    return counts
  },
})
