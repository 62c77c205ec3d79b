import type { Gauge, Meter } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics'
import type { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, Recorded } from '../exchange.ts'
import { ATTR } from './attributes.ts'

export interface Metrics {
  stage(name: string, seconds: number): void
  exchangeEnded(
    known: Authenticated | Recorded | null,
    mode: string,
    failure: ExchangeError | null,
    seconds: number,
  ): void
  contractBroken(dataset: string): void
  sourceFailed(dataset: string, error: ExchangeError): void
  policyAlarm(): void
  /** An old caller whose profile did not admit it, by rule. */
  dialectAlarm(rule: string): void
  /** A call the management plane's gate turned away. */
  operatorRefused(code: string): void
  /** Sets a gauge, made at its first use; names are ours and few. */
  gauge(name: string, value: number): void
  /** Text exposition for `/metrics`. */
  scrape(): Promise<string>
  close(): Promise<void>
}

const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** OpenTelemetry metrics read by Prometheus through our own route on the management port; no server of its own. */
export function createMetrics(): Metrics {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({
    readers: [exporter],
    views: [
      {
        instrumentName: 'guanyi_*_seconds',
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: SECONDS } },
      },
    ],
  })
  const meter: Meter = provider.getMeter('guanyi')
  const stages = meter.createHistogram('guanyi_stage_seconds', {
    description: 'time per stage of an exchange',
    unit: 's',
  })
  const exchanges = meter.createHistogram('guanyi_exchange_seconds', {
    description: 'time from body read to answer ready',
    unit: 's',
  })
  const ended = meter.createCounter('guanyi_exchanges_total', { description: 'exchanges by outcome' })
  const strangers = meter.createCounter('guanyi_strangers_total', {
    description: 'calls whose sender could not be established, and repeats',
  })
  const contracts = meter.createCounter('guanyi_provider_contract_broken_total', {
    description: 'source answers that broke their schema',
  })
  const sources = meter.createCounter('guanyi_source_failures_total', {
    description: 'source calls without a usable answer',
  })
  const alarms = meter.createCounter('guanyi_policy_alarms_total', {
    description: 'policy evaluation errors that closed the door',
  })

  const dialects = meter.createCounter('guanyi_dialect_alarms_total', {
    description: 'old callers that were not admitted, by rule',
  })
  const operators = meter.createCounter('guanyi_operators_refused_total', {
    description: 'calls the management plane turned away',
  })
  const gauges = new Map<string, Gauge>()

  return {
    stage(name, seconds) {
      stages.record(seconds, { [ATTR.stage]: name })
    },
    exchangeEnded(known, mode, failure, seconds) {
      if (known === null || failure?.code === 'request.replayed') {
        strangers.add(1, { [ATTR.code]: failure?.code ?? 'none' })
        return
      }
      const scenario = 'request' in known ? known.request.scenario : 'none'
      const outcome = failure === null ? 'released' : failure.status >= 500 ? 'failed' : 'refused'
      ended.add(1, {
        [ATTR.mode]: mode,
        [ATTR.outcome]: outcome,
        [ATTR.code]: failure?.code ?? 'none',
        [ATTR.scenario]: scenario,
        [ATTR.system]: known.sender.system.id,
      })
      exchanges.record(seconds, { [ATTR.mode]: mode, [ATTR.outcome]: outcome })
    },
    contractBroken: (dataset) => contracts.add(1, { [ATTR.dataset]: dataset }),
    sourceFailed: (dataset, { code }) => sources.add(1, { [ATTR.dataset]: dataset, [ATTR.code]: code }),
    operatorRefused: (code) => operators.add(1, { [ATTR.code]: code }),
    policyAlarm: () => alarms.add(1),
    dialectAlarm: (rule) => dialects.add(1, { [ATTR.code]: rule }),
    gauge(name, value) {
      const known = gauges.get(name) ?? meter.createGauge(`guanyi_${name}`)
      gauges.set(name, known)
      known.record(value)
    },
    scrape: () => scrape(exporter),
    close: () => provider.shutdown(),
  }
}

/** The exporter writes to a server response only; this one keeps the text. */
function scrape(exporter: PrometheusExporter): Promise<string> {
  return new Promise((resolve) => {
    const sink = { statusCode: 200, setHeader: () => undefined, end: (text: string) => resolve(text) }
    exporter.getMetricsRequestHandler({} as never, sink as never)
  })
}
