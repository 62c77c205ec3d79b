import type { IdType } from '../../gateway/catalog/types.ts'
import type { ClerkReply } from '../../gateway/ports/clerk-desk.ts'
import type { Connector, ConnectorDeps, ConnectorFactory, SourceAnswer } from '../../gateway/ports/connector.ts'
import { orTimedOut, timedOut } from '../failures.ts'
import { type ClerkTaskConfig, configSchema, KIND } from './config.ts'

/** Asks people (协查): a question becomes a task of the provider's clerk, and is answered from what the clerk said. */
export const clerkTask: ConnectorFactory = { kind: KIND, own: true, configSchema, create: createClerkTask }

function createClerkTask(config: ClerkTaskConfig, deps: ConnectorDeps): Connector {
  const { datasetId, inputs: declared, own } = deps
  if (own === undefined) throw new Error('tasks are kept by a gateway, and there is none here')
  if (!declared.includes('id')) throw new Error('the dataset has no input `id`')
  if (config.idType === undefined && !declared.includes('idType'))
    throw new Error('neither an input `idType` nor `idType`')
  const { desk } = own

  return {
    // Told to the clerk, so that two exchanges never share one call and each is found beside its task.
    callerMembers: ['organisation', 'officer', 'item', 'case', 'purpose', 'exchangeId'],
    // What the clerk said is kept at the desk; a task under way must not be answered from anywhere else.
    live: true,
    async fetch({ subjectType, inputs, fields, caller }, signal) {
      if (signal.aborted) throw timedOut('the desk was not asked in time')
      const { dueWorkingDays, validDays } = config
      const idType = config.idType ?? (inputs.idType as IdType)
      const question = { dataset: datasetId, subjectType, idType, inputs, fields, caller, dueWorkingDays, validDays }
      return answerOf(
        await orTimedOut(desk.ask(question), signal, 'the desk did not answer in time'),
        fields,
        deps.now(),
      )
    },
    probe: (signal) => orTimedOut(desk.probe(), signal, 'the desk did not answer'),
    close: async () => undefined,
  }
}

function answerOf(reply: ClerkReply, fields: readonly string[], nowMs: number): SourceAnswer {
  const { state, task: id } = reply
  if (state === 'pending') return { records: [], asOfMs: nowMs, task: { id, state, dueOn: reply.dueOn } }
  if (state === 'declined')
    return { records: [], asOfMs: reply.declinedAtMs, task: { id, state, reason: reply.reason } }
  const records = reply.records.map((record) =>
    Object.fromEntries(Object.entries(record).filter(([field]) => fields.includes(field))),
  )
  const goodUntil = new Date(reply.goodUntilMs).toISOString()
  return { records, asOfMs: reply.answeredAtMs, goodUntilMs: reply.goodUntilMs, task: { id, state, goodUntil } }
}
