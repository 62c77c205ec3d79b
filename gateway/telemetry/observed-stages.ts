import type { Stages } from '../run-exchange.ts'
import type { Metrics } from './metrics.ts'
import type { Tracing } from './spans.ts'

/** Each stage with its span and its share of the time. The stages themselves know nothing of it. */
export function observedStages(stages: Stages, tracing: Tracing, metrics: Metrics): Stages {
  const observed = <In, Out>(name: string, stage: (input: In) => Promise<Out>) =>
    async function observedStage(input: In): Promise<Out> {
      const startedAt = performance.now()
      try {
        return await tracing.stage(name, () => stage(input))
      } finally {
        metrics.stage(name, (performance.now() - startedAt) / 1000)
      }
    }
  return {
    authenticate: observed('authenticate', stages.authenticate),
    identify: observed('identify', stages.identify),
    authorise: observed('authorise', stages.authorise),
    charge: observed('charge', stages.charge),
    fetch: observed('fetch', stages.fetch),
    shape: observed('shape', stages.shape),
    sign: observed('sign', stages.sign),
    record: observed('record', stages.record),
    recordFailure: (known, failure) => tracing.stage('record', () => stages.recordFailure(known, failure)),
  }
}
