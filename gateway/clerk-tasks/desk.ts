import canonicalize from 'canonicalize'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { SealedValues } from '../events/sealed-values.ts'
import { workingDayAfter } from '../events/working-days.ts'
import type { Subject } from '../exchange.ts'
import type { ClerkDesk, ClerkQuestion, ClerkReply } from '../ports/clerk-desk.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { chinaDay } from '../requests/subjects.ts'
import type { AnsweredRecords, ClerkTaskStore, SealedQuestion, StandingTask } from './types.ts'

export interface ClerkDeskDeps {
  store: Pick<ClerkTaskStore, 'openOrJoin' | 'probe'>
  digests: SubjectDigests
  sealed: SealedValues
  catalog: () => Catalog
  newTaskId: () => string
  now: () => number
}

export const QUESTION = 'clerk-question'
export const ANSWER = 'clerk-answer'

/** Questions to clerks, asked over the store: whom it is about is sealed, which question it is a keyed digest. */
export function createClerkDesk({ store, digests, sealed, catalog, newTaskId, now }: ClerkDeskDeps): ClerkDesk {
  return {
    async ask(question) {
      const { dataset, fields, caller, dueWorkingDays } = question
      const entry = catalog().datasets.get(dataset)
      if (entry === undefined) throw new ExchangeError('internal', `no dataset \`${dataset}\``)
      const subject = subjectOf(question)
      const id = newTaskId()
      const openedAtMs = now()
      const standing = await store
        .openOrJoin({
          id,
          dataset,
          provider: entry.provider,
          member: caller.organisation.id,
          scenario: caller.scenario,
          item: caller.item?.id ?? null,
          purpose: caller.purpose,
          fields: [...fields],
          questionDigest: sealed.digest(`question:${canonicalize(identityOf(question))}`),
          subjectDigest: digests.of(subject),
          sealedQuestion: sealed.seal(QUESTION, id, JSON.stringify(toldOf(question, subject))),
          openedAtMs,
          dueOn: workingDayAfter(catalog().calendars, chinaDay(openedAtMs), dueWorkingDays),
          exchangeId: caller.exchangeId,
        })
        .catch(away)
      return replyOf(standing, sealed)
    },
    probe: () => store.probe().catch(away),
  }
}

const subjectOf = ({ subjectType, idType, inputs }: ClerkQuestion): Subject => ({
  type: subjectType,
  idType,
  id: inputs.id!,
  ...(inputs.name !== undefined && { name: inputs.name }),
})

/** What makes two questions one. The case is not of it: what a clerk found holds for the next case too, while it is valid. */
const identityOf = ({ dataset, subjectType, idType, inputs, caller }: ClerkQuestion) => ({
  dataset,
  subjectType,
  idType,
  inputs,
  member: caller.organisation.id,
  scenario: caller.scenario,
  item: caller.item?.id ?? null,
  purpose: caller.purpose,
})

const toldOf = ({ inputs, caller }: ClerkQuestion, subject: Subject): SealedQuestion => ({
  subject,
  inputs,
  organisation: { id: caller.organisation.id, name: caller.organisation.name },
  officer: caller.officer,
  case: caller.case,
})

function replyOf({ id: task, dueOn, end }: StandingTask, sealed: SealedValues): ClerkReply {
  if (end === null) return { state: 'pending', task, dueOn }
  if (end.outcome === 'declined') return { state: 'declined', task, reason: end.reason, declinedAtMs: end.endedAtMs }
  const { sealedAnswer, endedAtMs: answeredAtMs, goodUntilMs } = end
  return { state: 'answered', task, records: opened(sealed, task, sealedAnswer), answeredAtMs, goodUntilMs }
}

function opened(sealed: SealedValues, task: string, answer: Buffer): AnsweredRecords {
  try {
    return JSON.parse(sealed.open(ANSWER, task, answer)) as AnsweredRecords
  } catch {
    throw new ExchangeError('provider.contract', 'a clerk’s answer does not open')
  }
}

function away(): never {
  throw new ExchangeError('provider.unreachable', 'the desk did not answer')
}
