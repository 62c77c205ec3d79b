import type { ExchangeRequest, Received } from '../exchange.ts'

/** What a batch's signed request says, for all its lines. */
export type BatchMembers = Pick<
  ExchangeRequest,
  'scenario' | 'item' | 'case' | 'application' | 'purpose' | 'onBehalfOf' | 'operator' | 'maxAgeSeconds'
> & { fields: string[] }

export interface BatchRequest extends BatchMembers {
  jti: string
  count: number
  subjectsSha256: string
}

export type LineMembers = { line: number } & Pick<ExchangeRequest, 'subject' | 'parties' | 'keys' | 'case'>

/** Kept sealed with the batch: what its lines are asked with. */
export interface StoredRequest {
  members: BatchMembers
  signed: boolean
  address: Received['address']
  correlationId: Received['correlationId']
  /** Of problems in the results. */
  language: 'zh' | 'en'
}

export function membersOf({
  jti: _jti,
  count: _count,
  subjectsSha256: _digest,
  ...request
}: BatchRequest): BatchMembers {
  const { scenario, item, application, purpose, onBehalfOf, operator, maxAgeSeconds, fields } = request
  return {
    scenario,
    purpose,
    fields,
    ...(item !== undefined && { item }),
    ...(request.case !== undefined && { case: request.case }),
    ...(application !== undefined && { application }),
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(operator !== undefined && { operator }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  }
}
