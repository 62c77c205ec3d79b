import { raise } from '../events/accept-change.ts'
import type { NoticeStore } from '../events/notices.ts'
import type { SealedValues } from '../events/sealed-values.ts'
import type { ResultCache } from '../ports/result-cache.ts'
import type { Task } from '../ports/task.ts'

const AT_ONCE = 200

/**
 * Goes on raising cache epochs of change notices until it is done. What is to do stands in PostgreSQL, sealed, so that
 * nothing is lost with Redis and no identifier is ever in a queue. Every gateway does it by itself: a schedule that lives
 * in Redis would be away with it, and come back after the cached answers do.
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
  everyMs: 1_000,
  async run() {
    const due = await notices.unraised(AT_ONCE)
    let raised = 0
    for (const { exchangeId, sealedSubject } of due) {
      const subject = sealed.open('change', exchangeId, sealedSubject)
      // A cache that is away for one is away for all: each further try would cost its time-out.
      if (!(await raise({ cache, notices, now }, exchangeId, subject))) break
      raised += 1
    }
    return { raised, left: due.length - raised }
  },
})
