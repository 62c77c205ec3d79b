import { sql } from 'kysely'
import { ExchangeError } from '../../../errors/exchange-error.ts'
import type { AppendResult, ExchangeLog, RecordDraft } from '../../../ports/exchange-log.ts'
import { createReader } from '../reader.ts'
import { appendCall, assertWritable, independentResults, togetherResults, type Verdict } from './append-call.ts'
import { createGroupCommit } from './group-commit.ts'
import { findRecord } from './stored-record.ts'
import { createWriterConnection } from './writer-connection.ts'

export interface PostgresExchangeLogOptions {
  /** The service role's URL. */
  url: string
  /** Most records in one commit. Default 500. */
  maxGroup?: number
  /** Most records waiting; more are refused at once. Default 10,000. */
  maxQueued?: number
  /** Longest a record waits for its answer. Default 3,000. */
  deadlineMs?: number
  /** Longest the database may work on one group. Default 2,000. */
  statementTimeoutMs?: number
  /** Milliseconds for deadlines; should not run backwards. Default `performance.now`. */
  now?: () => number
  /** Told of lost and refused connections; no personal value. */
  log?: (line: string) => void
}

/** The log in PostgreSQL (design §9): one flusher per process, one round trip per group, answers after the commit. */
export function createPostgresExchangeLog(options: PostgresExchangeLogOptions): ExchangeLog {
  const { url, maxGroup = 500, maxQueued = 10_000, deadlineMs = 3000, statementTimeoutMs = 2000 } = options
  const { now = () => performance.now(), log = () => {} } = options
  const writer = createWriterConnection({
    url,
    statementTimeoutMs,
    connectTimeoutMs: deadlineMs,
    backoffMs: { first: 50, last: 1000 },
    log,
  })
  const reader = createReader({ url, name: 'guanyi-log-reader', max: 4, timeoutMs: deadlineMs })
  let closing = false

  async function send(drafts: readonly RecordDraft[], together: boolean): Promise<AppendResult[]> {
    try {
      const { name, text, values } = appendCall(drafts, together)
      const verdicts = await writer.query<Verdict>(name, text, values)
      return together ? togetherResults(verdicts) : independentResults(verdicts)
    } catch (thrown) {
      throw toFailure(thrown)
    }
  }

  const group = createGroupCommit({
    maxGroup,
    maxQueued,
    deadlineMs,
    now,
    send,
    blamesAnItem: (thrown) => thrown instanceof ExchangeError && thrown.code === 'internal',
  })

  async function submit(drafts: readonly RecordDraft[], together: boolean): Promise<readonly AppendResult[]> {
    if (closing) throw new ExchangeError('record.unavailable', 'the log is closing')
    drafts.forEach(assertWritable)
    return group.submit(drafts, together)
  }

  return {
    append: async (draft) => (await submit([draft], false))[0] as AppendResult,
    appendAll: async (drafts) => (drafts.length === 0 ? [] : [...(await submit(drafts, true))]),
    find: (exchangeId) => findRecord(reader, exchangeId).catch(rethrow),
    findByRequestId: (iss, jti) =>
      reader
        .selectFrom('request_ids')
        .select(['exchange_id as exchangeId', 'outcome'])
        .where('iss', '=', iss)
        .where('jti', '=', jti)
        .executeTakeFirst()
        .catch(rethrow),
    claimAssertion: (iss, jti, expiresAtMs) =>
      reader
        .insertInto('assertion_ids')
        .values({ iss, jti, expires_at: new Date(expiresAtMs) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
        .then(({ numInsertedOrUpdatedRows = 0n }) => numInsertedOrUpdatedRows === 1n)
        .catch(rethrow),
    async ready() {
      if (closing || !writer.isUp()) return false
      // The connection may look open while the server no longer answers.
      const probe = sql`select from log_head`.execute(reader).then(
        () => writer.isUp(),
        () => false,
      )
      return Promise.race([probe, new Promise<boolean>((resolve) => setTimeout(resolve, 1000, false).unref())])
    },
    async close() {
      closing = true
      await group.drained()
      await Promise.all([writer.close(), reader.destroy()])
    },
  }
}

/** SQLSTATE classes in which the fault lies in the data sent, so that the same draft fails again: 22, 23, 54. */
const DATA_FAULT = /^(22|23|54)/

/**
 * `record.unavailable` for all that may pass, `internal` for a draft the table will never take. The database's message
 * stays behind: its details quote rows.
 */
function toFailure(thrown: unknown): ExchangeError {
  if (thrown instanceof ExchangeError) return thrown
  const code = (thrown as { code?: string }).code ?? 'none'
  return DATA_FAULT.test(code)
    ? new ExchangeError('internal', `the database refused a record (SQLSTATE \`${code}\`)`)
    : new ExchangeError('record.unavailable', `the log did not confirm (code \`${code}\`)`)
}

function rethrow(thrown: unknown): never {
  throw toFailure(thrown)
}
