import { ExchangeError } from '../errors/exchange-error.ts'
import type { ExchangeLog, StoredRecord } from '../ports/exchange-log.ts'
import {
  exchangeIdSchema,
  type ObjectSchema,
  onBehalfOfSchema,
  requestIdSchema,
} from '../requests/exchange-request.schema.ts'
import { createShapeCheck } from '../requests/validators.ts'
import type { NoticeStore, UsageReport } from './notices.ts'
import type { Enveloped, ReportOperation, Reports } from './run-report.ts'

export const usageSchema: ObjectSchema = {
  type: 'object',
  description: '使用反馈：所获数据是否正确、完整、被使用 / how the data of one exchange was found and used (R27)',
  properties: {
    jti: requestIdSchema,
    onBehalfOf: onBehalfOfSchema,
    exchange: exchangeIdSchema,
    dataset: { type: 'string', pattern: '^[a-z][a-z0-9-]{1,63}$' },
    state: { enum: ['correct', 'incomplete', 'wrong', 'unused'] },
  },
  required: ['jti', 'exchange', 'state'],
  additionalProperties: false,
}
interface WrittenUsage extends Enveloped {
  exchange: string
  dataset?: string
  state: UsageReport['state']
}
const shape = createShapeCheck<WrittenUsage>(usageSchema)

export interface AcceptUsageDeps {
  reports: Pick<Reports, 'record'>
  notices: Pick<NoticeStore, 'addUsage'>
  log: Pick<ExchangeLog, 'find'>
  now: () => number
}

/** Takes in a use report about one of the caller's own exchanges. Errors: `request.unknown-resource` for another's. */
export function createAcceptUsage(
  deps: AcceptUsageDeps,
): ReportOperation<WrittenUsage, { exchangeId: string; about: string; state: UsageReport['state'] }> {
  return {
    shape,
    async accept(reporter, { exchange, dataset, state }) {
      await ownRelease(deps.log, reporter.sender.system.id, exchange, dataset)
      const { exchangeId, sender, acting } = reporter
      await deps.reports.record(reporter, {
        kind: 'usage',
        datasets: dataset === undefined ? [] : [dataset],
        subjects: [],
        details: { about: exchange, state },
        committed: {},
      })
      await deps.notices.addUsage({
        exchangeId,
        aboutExchange: exchange,
        system: sender.system.id,
        member: acting.id,
        dataset: dataset ?? null,
        state,
        reportedAtMs: deps.now(),
      })
      return { exchangeId, about: exchange, state }
    },
  }
}

/** A released exchange of this system that asked the dataset; another's looks like one that never was. */
export async function ownRelease(
  log: Pick<ExchangeLog, 'find'>,
  systemId: string,
  exchangeId: string,
  dataset: string | undefined,
): Promise<StoredRecord> {
  const found = await log.find(exchangeId)
  const fits =
    found !== undefined &&
    found.columns.system === systemId &&
    found.columns.outcome === 'released' &&
    (dataset === undefined || found.columns.datasets.includes(dataset))
  if (fits) return found
  throw new ExchangeError('request.unknown-resource', 'no such released exchange of this system', {
    reasons: [
      {
        rule: 'exchange',
        pointer: '/exchange',
        zh: '本系统没有这次已放行、且含该数据资源的交换',
        en: 'this system has no such released exchange with that dataset',
      },
    ],
  })
}
