import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bodyLimitsOf } from '../gateway/body-limits.ts'
import type { Bindings } from '../gateway/routes/exchanges.ts'
import { listen, type RunningServer } from '../gateway/server.ts'

/** The gateway's own limits, a hundredth as long; `/slow-reader` is read slowly by us. */
const limitsOf = ({ url }: { url?: string | undefined }) =>
  url === '/upload' || url === '/slow-reader' ? { wholeMs: 6_000, silenceMs: 300 } : { wholeMs: 300 }

let server: RunningServer
/** How much came, and how each body ended. */
const ended: { path: string; bytes: number; whole: boolean }[] = []

beforeAll(async () => {
  const app = new Hono<Bindings>()
  app.post('/refused', (c) => c.text('no', 401))
  app.get('/refused', (c) => c.text('no', 401))
  app.post('*', async (c) => {
    const path = c.req.path
    let bytes = 0
    try {
      for await (const chunk of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
        bytes += chunk.length
        if (path === '/slow-reader' && bytes < 150_000) await sleep(900)
      }
    } catch {
      ended.push({ path, bytes, whole: false })
      return c.text('broken off', 400)
    }
    ended.push({ path, bytes, whole: true })
    return c.text(`read ${bytes}`)
  })
  server = await listen(app, { host: '127.0.0.1', port: 0 }, limitsOf)
})
afterAll(() => server.close(0))

/** A caller who sends a piece now and again until nobody listens any more. */
async function drip(head: string, pieces: readonly string[], pauseMs: number) {
  const socket: Socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  let text = ''
  const startedMs = performance.now()
  const closed = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
  })
  socket.write(head)
  for (const piece of pieces) {
    await sleep(pauseMs)
    if (socket.destroyed || !socket.writable) break
    socket.write(piece)
  }
  await closed
  return { text, tookMs: performance.now() - startedMs }
}

const post = (path: string, length: number, method = 'POST'): string =>
  `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n`
const pieces = (count: number, size = 1): string[] => Array(count).fill('x'.repeat(size))

describe('a body that comes slowly', () => {
  it('is cut off after its time, with an answer', async () => {
    const { text, tookMs } = await drip(post('/query', 100), pieces(100), 50)
    expect(text).toMatch(/^HTTP\/1.1 408 [\s\S]*request.malformed/)
    expect(tookMs).toBeLessThan(1_500)
    await expect.poll(() => ended.at(-1)).toMatchObject({ path: '/query', whole: false })
  })

  it('may take long where subjects are uploaded, as long as something comes', async () => {
    const { text, tookMs } = await drip(post('/upload', 20), pieces(20), 60)
    expect(text).toMatch(/read 20$/)
    expect(tookMs).toBeGreaterThan(1_000)
  })

  it('is cut off there too, once nothing comes', async () => {
    const { text, tookMs } = await drip(post('/upload', 20), pieces(3), 60)
    expect(text).toMatch(/^HTTP\/1.1 408 /)
    expect(tookMs).toBeLessThan(1_800)
  })

  it('and in the end however steadily it drips', async () => {
    const { text, tookMs } = await drip(post('/upload', 1_000), pieces(1_000), 100)
    expect(text).toMatch(/^HTTP\/1.1 408 /)
    expect(tookMs).toBeGreaterThan(5_500)
    expect(tookMs).toBeLessThan(8_000)
  })

  it('is not cut off while it is we who read slowly', async () => {
    const { text } = await drip(post('/slow-reader', 128 * 65_536), pieces(128, 65_536), 1)
    expect(text).toMatch(/read 8388608$/)
  })

  it.each(['POST', 'GET'])('keeps no connection once it was refused: %s', async (method) => {
    const head = post('/refused', 1_000, method).replace('connection: close\r\n', '')
    const { text, tookMs } = await drip(head, pieces(1_000), 20)
    expect(text).toMatch(/^HTTP\/1.1 401 /)
    expect(tookMs).toBeLessThan(2_000)
  })

  it('nor one whose headers never end', async () => {
    const { text, tookMs } = await drip('POST /query HTTP/1.1\r\nx', pieces(600), 100)
    expect(text).toMatch(/^HTTP\/1.1 408 /)
    expect(tookMs).toBeLessThan(22_000)
  }, 30_000)
})

describe('the gateway’s own limits', () => {
  it.each([
    ['PUT', '/v1/batches/01994f9e-0000-7000-8000-000000000000/subjects', true],
    ['PUT', '/v1/batches/x/subjects?y', true],
    ['POST', '/v1/batches/x/subjects', false],
    ['PUT', '/v1/batches/x/subjects/y', false],
    ['POST', '/v1/query', false],
  ])('%s %s', (method, url, long) => {
    expect(bodyLimitsOf({ method, url })).toEqual(
      long ? { wholeMs: 1_800_000, silenceMs: 60_000 } : { wholeMs: 30_000 },
    )
  })
})
