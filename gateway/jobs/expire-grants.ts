import type { GrantStore } from '../ports/grant-store.ts'
import type { Task } from '../ports/task.ts'

/**
 * Moves grants past their end to `expired`. The decision looks at the term itself, so a late run releases nothing; it is
 * for those who read the authorisation table.
 */
export const expireGrantsTask = ({ grants, now }: { grants: Pick<GrantStore, 'expire'>; now: () => number }): Task => ({
  name: 'expire-grants',
  everyMs: 60_000,
  run: async () => ({ expired: await grants.expire(now()) }),
})
