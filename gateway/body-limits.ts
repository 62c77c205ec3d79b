import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** How long the body of a request may take to arrive, in milliseconds from the end of its headers. */
export interface BodyLimits {
  wholeMs: number
  /** Nothing received for so long, though we were reading, ends it (seen after one to two times as long); absent: only `wholeMs` does. */
  silenceMs?: number
}

const ORDINARY: BodyLimits = { wholeMs: 30_000 }
/**
 * The subjects of a batch: up to 100,000 lines, read more slowly on purpose while single exchanges are answered, over a line
 * of perhaps 64 kbit/s. Longer than any wait for the database (30 s), and ended before the upload counts as abandoned.
 */
const SUBJECTS: BodyLimits = { wholeMs: 30 * 60_000, silenceMs: 60_000 }
const SUBJECTS_PATH = /^\/v1\/batches\/[^/?]+\/subjects(\?|$)/

export const bodyLimitsOf = ({ method, url }: Pick<IncomingMessage, 'method' | 'url'>): BodyLimits =>
  method === 'PUT' && SUBJECTS_PATH.test(url ?? '') ? SUBJECTS : ORDINARY

/** For the answer to a body cut off to get through before the connection goes. */
const LAST_WORDS_MS = 500

/**
 * Ends requests whose bodies come too slowly, in place of Node's one `requestTimeout` for every path. What was answered
 * already, a stranger's upload for one, keeps no connection either: the rest of such a body is drained for half a second
 * (@hono/node-server), and this ends it in any case.
 */
export function limitBodies(server: Server, limitsOf: (request: IncomingMessage) => BodyLimits): void {
  server.requestTimeout = 0
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers
    if (coding === undefined && (length === undefined || length === '0')) return
    const { socket } = request
    const { wholeMs, silenceMs } = limitsOf(request)

    const cut = (): void => {
      stop()
      if (request.complete || socket.destroyed) return
      if (response.headersSent) return void socket.destroy()
      server.emit('clientError', Object.assign(new Error('the body came too slowly'), TIMED_OUT), socket)
      setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref()
    }
    let received = socket.bytesRead
    /** Of a body that waits to be read, the slow side is ours; its sender's time begins anew then. */
    const listen = (): void => {
      const waits = request.isPaused() || request.readableLength > 0
      if (socket.bytesRead === received && !waits) cut()
      received = waits ? -1 : socket.bytesRead
    }
    const whole = setTimeout(cut, wholeMs).unref()
    const silence = silenceMs === undefined ? undefined : setInterval(listen, silenceMs).unref()
    function stop(): void {
      clearTimeout(whole)
      clearInterval(silence)
    }
    request.once('close', stop)
  })
}

const TIMED_OUT = { code: 'ERR_HTTP_REQUEST_TIMEOUT' }
