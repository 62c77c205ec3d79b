import { type Context, Hono } from 'hono'
import { BATCH_ID } from '../batches/batch-id.ts'
import type { BatchService } from '../batches/service.ts'
import { batchView, stateOf } from '../batches/view.ts'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { readBody } from '../requests/body.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { assertNetwork } from '../stages/envelope.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import { type CallDeps, createCall } from './call.ts'
import type { Bindings } from './exchanges.ts'
import { callerOf } from './guard-strangers.ts'

export interface BatchRoutesDeps extends CallDeps {
  /** Of systems that are active now. */
  tokens: Pick<AccessTokens, 'authenticate'>
  catalog: () => Catalog
  batches: BatchService
}

const NO_STORE = { 'cache-control': 'no-store' }
const MAX_ACK_BYTES = 4_096

/** `POST /v1/batches` and everything under `/v1/batches/{id}`; another system's batch looks like one that never was. */
export function batchRoutes(deps: BatchRoutesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const { batches } = deps
  const call = createCall(deps)

  const addressOf = (c: Context<Bindings>): string | null => callerOf(c, deps.trustedProxies)

  /** Lines were decided when they were asked; who may fetch them is decided again with every call. */
  async function own(c: Context<Bindings>) {
    const system = await deps.tokens.authenticate(c.req.header('authorization'), 'data')
    assertNetwork({ sender: deps.catalog().systems.get(system)!, received: { address: addressOf(c) } })
    const id = c.req.param('id') ?? ''
    const batch = BATCH_ID.test(id) ? await batches.find(id) : undefined
    if (batch === undefined || batch.system !== system)
      throw new ExchangeError('request.unknown-resource', 'no such batch of this system')
    return batch
  }
  const view = async (c: Context<Bindings>, id: string): Promise<Response> =>
    c.json(batchView((await batches.find(id))!), 200, NO_STORE)

  app.post('/v1/batches', (c) =>
    call(c, 'batches', async (received) => {
      const { known, batch } = await batches.create(received, c.req.header('accept-language'))
      const headers = { ...NO_STORE, location: `/v1/batches/${batch.id}`, 'x-exchange-id': batch.id }
      return { known, response: c.json(batchView(batch), 201, headers) }
    }),
  )
  app.put('/v1/batches/:id/subjects', async (c) => {
    const batch = await own(c)
    await batches.upload(batch, (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>)
    return await view(c, batch.id)
  })
  app.get('/v1/batches/:id', async (c) => c.json(batchView(await own(c)), 200, NO_STORE))
  app.delete('/v1/batches/:id', async (c) => {
    const batch = await own(c)
    await batches.cancel(batch)
    return await view(c, batch.id)
  })
  app.get('/v1/batches/:id/events', async (c) => {
    const batch = await own(c)
    const events = batches.progress(batch, lastEventId(c.req.header('last-event-id')), c.req.raw.signal)
    return new Response(streamOf(events), {
      headers: { ...NO_STORE, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    })
  })
  app.get('/v1/batches/:id/results', async (c) => {
    const batch = await own(c)
    const { exchangeId, lines } = await batches.results(batch, addressOf(c))
    return new Response(streamOf(lines), {
      headers: {
        ...NO_STORE,
        'content-type': 'application/x-ndjson',
        'x-batch-state': stateOf(batch),
        'x-exchange-id': exchangeId,
      },
    })
  })
  app.post('/v1/batches/:id/results/ack', async (c) => {
    const batch = await own(c)
    await batches.acknowledge(batch, parseJsonObject(await readBody(c, MAX_ACK_BYTES)))
    return await view(c, batch.id)
  })
  return app
}

const lastEventId = (header: string | undefined): bigint =>
  header !== undefined && /^\d{1,18}$/.test(header) ? BigInt(header) : 0n

/** Pulled as fast as the reader takes it, no faster; a reader that goes away ends it. */
function streamOf(source: AsyncGenerator<string | Buffer>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await source.next()
        if (done) controller.close()
        else controller.enqueue(typeof value === 'string' ? Buffer.from(value) : value)
      },
      async cancel() {
        await source.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
