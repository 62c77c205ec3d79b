import { Hono } from 'hono'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Bindings } from './exchanges.ts'

/** `/metrics` for Prometheus, on the management plane only. */
export function metricsRoutes(metrics: Pick<Metrics, 'scrape'>): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.get('/metrics', async (c) =>
    c.body(await metrics.scrape(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  )
  return app
}
