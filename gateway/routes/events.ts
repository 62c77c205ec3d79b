import { type Context, Hono } from 'hono'
import type { Enveloped, ReportOperation, Reports } from '../events/run-report.ts'
import type { ReportOp } from '../exchange.ts'
import { type CallDeps, createCall } from './call.ts'
import type { Bindings } from './exchanges.ts'

export interface ReportRoutesDeps extends CallDeps {
  reports: Pick<Reports, 'run'>
  operations: Readonly<Partial<Record<ReportOp, Operation>>>
}

/** Payloads differ per operation; here they only pass through. */
type Operation = ReportOperation<Enveloped, object>

/** `POST /v1/events`, `/v1/changes`, `/v1/corrections`, `/v1/usage`, `/v1/declarations`: whichever are given. */
export function reportRoutes(deps: ReportRoutesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const call = createCall(deps)
  for (const [op, operation] of Object.entries(deps.operations) as [ReportOp, Operation][]) {
    app.post(`/v1/${op}`, (c) => report(op, operation, c))
  }
  return app

  function report(op: ReportOp, operation: Operation, c: Context<Bindings>): Promise<Response> {
    return call(c, op, async (received) => {
      const { known, answer } = await deps.reports.run(received, operation)
      return { known, response: c.json(answer, 200, { 'cache-control': 'no-store' }) }
    })
  }
}
