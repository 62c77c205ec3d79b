import { createServer, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { bodyLimitsOf, limitBodies } from './body-limits.ts'
import { ExchangeError } from './errors/exchange-error.ts'
import { PROBLEM_JSON, problemResponse, toProblem } from './errors/problem.ts'
import type { Bindings } from './routes/exchanges.ts'

export interface RunningServer {
  url: string
  /** Stops accepting, lets calls under way finish, then cuts what is left after `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** Against slow callers, in milliseconds; of bodies, see `body-limits.ts`. Looked at as often as this, not only every half minute. */
const HEADERS_TIMEOUT_MS = 10_000
const LOOK_EVERY_MS = 5_000

/** Listens with one plane's app. Errors: the port is taken, the address is not ours. */
export async function listen(
  app: Hono<Bindings>,
  { host, port }: { host: string; port: number },
  limitsOf = bodyLimitsOf,
): Promise<RunningServer> {
  const answer = getRequestListener(app.fetch, { errorHandler: () => problemResponse(notHttp(400), 'zh') })
  const server: Server = createServer({ maxHeaderSize: 16_384, connectionsCheckingInterval: LOOK_EVERY_MS }, answer)
  server.on('clientError', answerNotHttp)
  limitBodies(server, limitsOf)
  const lastAnswers = endConnectionsOnDemand(server)
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.keepAliveTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}`,
    async close(graceMs) {
      lastAnswers()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      // Keep-alive connections end with the answer under way; those still busy after the grace are cut.
      const cut = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(cut)
    },
  }
}

/**
 * Makes every answer from the moment it is called the last one of its connection. Without it a busy caller keeps a
 * kept-alive connection going, and a shutdown lasts until the grace cuts an exchange in the middle.
 */
function endConnectionsOnDemand(server: Server): () => void {
  const underWay = new Set<ServerResponse>()
  let ending = false
  const end = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('connection', 'close')
  }
  server.prependListener('request', (_request, response) => {
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
    if (ending) end(response)
  })
  return () => {
    ending = true
    for (const response of underWay) end(response)
  }
}

/** What is not even HTTP, or comes too slowly, is answered in the same form as everything else; nothing of it is quoted. */
function answerNotHttp(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const status = STATUS_OF[error.code ?? ''] ?? 400
  const body = JSON.stringify(toProblem(notHttp(status), 'zh'))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_JSON}`,
    'content-language: zh',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const STATUS_OF: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }

const notHttp = (status: number): ExchangeError =>
  new ExchangeError('request.malformed', 'the request is not well-formed HTTP', {
    status,
    publicDetail: { zh: '不是格式正确的 HTTP 请求', en: 'not a well-formed HTTP request' },
  })
