import type { Subject } from '../exchange.ts'
import type { StoredRecord } from '../ports/exchange-log.ts'
import { subjectKey } from '../requests/subjects.ts'
import { failed, notApplicable, notPossible, passed } from './checks/check.ts'
import { commitment } from './checks/request.ts'
import { readEntry } from './entry-view.ts'
import { SUBJECT_NAMED } from './names.ts'
import type { Check, EvidenceStore } from './types.ts'

/**
 * Whether a record is about somebody the reader names, without opening its request. The salt stays here, so this one
 * check cannot be repeated from the package: the gateway's signature on the manifest vouches for it.
 *
 * Shape:  `subject` in normal form; its identifier is in no file of the package.
 */
export async function compareSubject(
  store: Pick<EvidenceStore, 'sealed'>,
  record: StoredRecord,
  subject: Subject,
): Promise<Check> {
  const title = {
    id: SUBJECT_NAMED,
    zh: '记录的主体即申请核查时所指的人（单位）',
    en: 'the record is about the subject named when the package was asked for',
  }
  const entry = readEntry(record.entry)
  if (entry.kind === 'administration' || (entry.subject === null && entry.subjects === null))
    return { ...title, ...notApplicable('这条记录没有主体', 'this record has no subject') }
  const side = await store.sealed(record.exchangeId)
  if (side === undefined)
    return {
      ...title,
      ...notPossible('可关联信息已依法删除，无法再比对', 'what linked it to a person has been erased'),
    }
  const commitments = [entry.subject, ...Object.values(entry.parties ?? {}), ...(entry.subjects ?? [])].map(
    (each) => each?.commitment,
  )
  const place = commitments.indexOf(commitment(side.salt, subjectKey(subject)))
  if (place < 0)
    return {
      ...title,
      ...failed('不是所指的人（单位），也不是当事人', 'neither the subject nor a party is the one named'),
    }
  return {
    ...title,
    ...(place === 0
      ? passed('以记录自身的随机数重算，与主体承诺值相符', 'recomputed with the record’s own salt: it is the subject')
      : passed('以记录自身的随机数重算，与当事人承诺值相符', 'recomputed with the record’s own salt: it is a party')),
  }
}
