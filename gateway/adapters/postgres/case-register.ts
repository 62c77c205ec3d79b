import { sql } from 'kysely'
import type { CaseRegister } from '../../ports/case-register.ts'
import { eventStoreFailure } from './events/failure.ts'
import type { EventDatabase } from './events/tables.ts'

/** Cases made of reported events (031-dossiers): one probe of an index per question. */
export function createPostgresCaseRegister(db: EventDatabase): CaseRegister {
  return {
    async isParty({ caseNo, application, item, subjectDigest }) {
      if (caseNo === null && application === null) return false
      const found = await db
        .selectFrom('cases')
        .select(sql`1`.as('one'))
        .$if(caseNo !== null, (query) => query.where('case_no', '=', caseNo))
        .$if(caseNo === null, (query) => query.where('application', '=', application))
        .where(sql<boolean>`${subjectDigest} = any (subject_digests)`)
        .$if(item !== null, (query) =>
          query.where((where) => where.or([where('item', 'is', null), where('item', '=', item)])),
        )
        .limit(1)
        .executeTakeFirst()
        .catch(eventStoreFailure)
      return found !== undefined
    },
  }
}
