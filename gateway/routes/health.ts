import { Hono } from 'hono'
import type { Bindings } from './exchanges.ts'

export interface Readiness {
  ready: boolean
  /** What stands in the way, by component; no addresses. */
  checks: Record<string, boolean>
}

/** `/healthz`: the process lives. `/readyz`: an exchange sent now can be expected to be answered. */
export function healthRoutes(readiness: () => Promise<Readiness>): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.get('/healthz', (c) => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }))
  app.get('/readyz', async (c) => {
    const { ready, checks } = await readiness()
    return c.json({ ready, checks }, ready ? 200 : 503, { 'cache-control': 'no-store' })
  })
  return app
}
