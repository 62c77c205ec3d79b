import { once, setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { spoilRows } from './spoil.ts'
import type { Dialect, ForeignCall, ProviderService, Registers, ServiceMode, ServiceOptions, Wire } from './types.ts'
import { jsonWire } from './wires/json.ts'

const MAX_QUESTION_BYTES = 64 * 1024
const TOO_MUCH_BYTES = 64 * 1024 * 1024

/** Starts one department's service on loopback. */
export async function startService(
  dialect: Dialect,
  registers: Registers,
  options: ServiceOptions = {},
): Promise<ProviderService> {
  const { slowMs = 30_000, wire = jsonWire } = options
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // every slow answer waits on it
  let mode: ServiceMode = 'ok'
  let calls = 0

  const server = createServer((request, response) => {
    calls++
    answer(request, response).catch(() => response.destroy())
  })
  server.on('connection', (socket) => {
    if (mode !== 'down') return
    calls++
    socket.destroy()
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const current = mode
    const call = await readCall(request, wire)
    if (call !== undefined) options.onCall?.(call)
    if (current === 'slow') await wait(slowMs, undefined, { signal: closing.signal })
    if (current === 'garbage')
      return send(response, 200, 'text/html; charset=utf-8', '<html><body>系统维护中</body></html>')
    if (current === 'error500')
      return send(response, 500, 'application/json', '{"error":"java.lang.NullPointerException"}')
    if (current === 'empty') return send(response, 200, 'application/json', '')
    if (current === 'too-much') return pour(response)
    if (call === undefined) return send(response, 400, 'application/json', '{"error":"bad request"}')
    const { status, body } = dialect.answer(call, registers, spoilRows(current))
    const whole = current === 'extra' ? { ...body, debug: { sql: 'select * from t_person', host: 'db01' } } : body
    send(response, status, wire.type, wire.write(whole))
  }

  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    calls: () => calls,
    setMode(next) {
      mode = next
      // Kept-alive connections of a service that is down end too.
      if (next === 'down') server.closeAllConnections()
    },
    async close() {
      closing.abort()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** The question, or `undefined` when it is not of the service’s kind or too long. */
async function readCall(request: IncomingMessage, wire: Wire): Promise<ForeignCall | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_QUESTION_BYTES) return undefined
    chunks.push(chunk)
  }
  try {
    const body = wire.read(Buffer.concat(chunks).toString('utf8'))
    return { path: (request.url ?? '/').split('?')[0]!, headers: request.headers, body }
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** Valid JSON to the end, so that only a limit stops the reader, not a syntax error. */
async function pour(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  await pipeline(Readable.from(endless()), response)
}

function* endless(): Iterable<Buffer> {
  yield Buffer.from('{"padding":"')
  const chunk = Buffer.alloc(256 * 1024, 'x')
  for (let sent = 0; sent < TOO_MUCH_BYTES; sent += chunk.length) yield chunk
  yield Buffer.from('"}')
}
