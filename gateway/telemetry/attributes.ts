/** Attribute keys of spans and metrics. Bounded values only; nothing about a person, ever (invariant 4). */
export const ATTR = {
  stage: 'guanyi.stage',
  mode: 'guanyi.mode',
  outcome: 'guanyi.outcome',
  code: 'guanyi.code',
  scenario: 'guanyi.scenario',
  system: 'guanyi.system',
  dataset: 'guanyi.dataset',
  cache: 'guanyi.cache',
  exchangeId: 'guanyi.exchange.id',
  index: 'guanyi.record.index',
} as const
