import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Context, Hono } from 'hono'
import { ExchangeError } from '../errors/exchange-error.ts'
import { parseSize } from '../log/checkpoint.ts'
import { parseTilePath } from '../log/tile-path.ts'
import { publishedNote } from '../log/view-reader.ts'
import type { LogService } from '../log-service.ts'
import type { Bindings } from './exchanges.ts'

export interface LogRoutesDeps {
  log: Pick<LogService, 'reader' | 'view' | 'locate' | 'prove' | 'signers'>
  /** Whether this caller may read entries: holders of the log's token, auditors. */
  mayReadEntries(authorization: string | undefined): Promise<boolean>
  /** System id of the caller. Errors: `identity.*`, `request.*`. */
  authenticate(authorization: string | undefined): Promise<string>
}

const TEXT = 'text/plain; charset=utf-8'
/** A tile once served never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const FOR_EVER_PRIVATE = 'private, max-age=31536000, immutable'
const PAGE = 100
const EXCHANGE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const zip = promisify(gzip)

/**
 * The published log (C2SP tlog-tiles) and the receipts of the caller's own exchanges.
 *
 * Shape:  `/log/checkpoint`, `/log/tile/<L>/<N>[.p/<W>]` and `/log/sm3-head` are for anyone; `/log/tile/entries/…` for log
 *         readers; `/log/checkpoints?from=<size>` lists older ones, smallest first; `/log/keys` gives the vkeys.
 * Errors: `request.unknown-resource` for a tile the log does not have; `access.denied` for entries; `proof.pending`;
 *         `record.unavailable` while the store is away.
 */
export function logRoutes(deps: LogRoutesDeps): Hono<Bindings> {
  const { log, mayReadEntries, authenticate } = deps
  const app = new Hono<Bindings>()

  const head = (path: string) => async (c: Context<Bindings>) => {
    const content = await log.reader.get(path).catch(away)
    if (content === undefined) throw absent()
    return c.body(new Uint8Array(content), 200, { 'content-type': TEXT, 'cache-control': 'no-store' })
  }
  app.get('/log/checkpoint', head('checkpoint'))
  app.get('/log/sm3-head', head('sm3-head'))
  app.get('/log/lowest-kept', head('lowest-kept'))
  app.get('/log/keys', (c) =>
    c.json({ origin: log.signers.origin, ...log.signers.vkeys }, 200, { 'cache-control': 'public, max-age=3600' }),
  )

  app.get('/log/checkpoints', async (c) => {
    const from = parseSize(c.req.query('from') ?? '0')
    if (from === undefined) throw new ExchangeError('request.malformed', '`from` is not a size')
    const found = await log.view.checkpoints(from, PAGE + 1).catch(away)
    const checkpoints = found.slice(0, PAGE).map((checkpoint) => ({
      size: checkpoint.size,
      signedAt: new Date(checkpoint.signedAtMs).toISOString(),
      checkpoint: publishedNote(checkpoint),
    }))
    return c.json({ checkpoints, next: found[PAGE]?.size ?? null }, 200, { 'cache-control': 'no-store' })
  })

  app.get('/log/tile/*', async (c) => {
    const path = c.req.path.slice('/log/'.length)
    const name = parseTilePath(path)
    if (name === undefined) throw absent()
    const entries = name.kind === 'entries'
    if (entries && !(await mayReadEntries(c.req.header('authorization'))))
      throw new ExchangeError('access.denied', 'entries are for readers of the log', {
        publicDetail: { zh: '记录包只供日志读取者（审计）查阅', en: 'entry bundles are for readers of the log' },
      })
    const content = await log.reader.get(path).catch(away)
    if (content === undefined) throw absent()
    const headers = {
      'content-type': 'application/octet-stream',
      'cache-control': entries ? FOR_EVER_PRIVATE : FOR_EVER,
      ...(entries ? { vary: 'authorization, accept-encoding' } : {}),
    }
    // Hashes do not compress; entries shrink to a fifth.
    if (entries && acceptsGzip(c.req.header('accept-encoding')))
      return c.body(new Uint8Array(await zip(content)), 200, { ...headers, 'content-encoding': 'gzip' })
    return c.body(new Uint8Array(content), 200, headers)
  })

  app.get('/v1/exchanges/:id/proof', async (c) => {
    const system = await authenticate(c.req.header('authorization'))
    const id = c.req.param('id')
    const place = EXCHANGE_ID.test(id) ? await log.locate({ exchangeId: id }) : undefined
    // Another's exchange looks like one that never was.
    if (place === undefined || place.system !== system)
      throw new ExchangeError('request.unknown-resource', 'no such exchange of this system')
    return c.body(await log.prove(place), 200, {
      'content-type': TEXT,
      'cache-control': 'private, no-store',
      'content-disposition': `attachment; filename="${place.exchangeId}.tlog-proof"`,
    })
  })
  return app
}

const absent = (): ExchangeError =>
  new ExchangeError('request.unknown-resource', 'the log has no such part', {
    headers: { 'cache-control': 'no-store' },
  })

/** The store cannot be read now: come again, and no alarm beyond the one the log's own integration raises. */
function away(cause: unknown): never {
  if (cause instanceof ExchangeError) throw cause
  throw new ExchangeError('record.unavailable', 'the log could not be read', { cause })
}

/** RFC 9110 §12.5.3, as far as gzip goes: named and not refused. */
const acceptsGzip = (header = ''): boolean =>
  header.split(',').some((part) => {
    const [coding = '', ...parameters] = part.split(';').map((each) => each.trim().toLowerCase())
    return coding === 'gzip' && !parameters.some((each) => /^q=0(\.0*)?$/.test(each))
  })
