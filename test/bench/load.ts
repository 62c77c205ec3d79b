import { connect, type Socket } from 'node:net'

export interface LoadResult {
  requests: number
  seconds: number
  perSecond: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** Answers whose status was not 200. */
  failed: number
}

export interface LoadOptions {
  host: string
  port: number
  connections: number
  seconds: number
  /** The next whole HTTP request, headers included; undefined ends the run early. */
  next: () => Buffer | undefined
}

/**
 * A closed-loop generator on bare sockets: one request under way per connection, the next one when its answer is in. It
 * shares the machine with what it measures, so it does as little as it can: requests come ready-made, and of an answer
 * only status and length are read.
 */
export async function load({ host, port, connections, seconds, next }: LoadOptions): Promise<LoadResult> {
  const latencies: number[] = []
  let failed = 0
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, () =>
      drive({ host, port, next, endAt }, (milliseconds, ok) => {
        latencies.push(milliseconds)
        if (!ok) failed++
      }),
    ),
  )
  const elapsed = (performance.now() - startedAt) / 1000
  latencies.sort((a, b) => a - b)
  return {
    requests: latencies.length,
    seconds: elapsed,
    perSecond: latencies.length / elapsed,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    failed,
  }
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )
}

type Drive = Pick<LoadOptions, 'host' | 'port' | 'next'> & { endAt: number }

function drive(
  { host, port, next, endAt }: Drive,
  onAnswer: (milliseconds: number, ok: boolean) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host, port, noDelay: true })
    let sentAt = 0
    let missing = -1
    let status = ''
    let head = ''
    const send = (): void => {
      const request = performance.now() < endAt ? next() : undefined
      if (request === undefined) {
        socket.end()
        resolve()
        return
      }
      sentAt = performance.now()
      socket.write(request)
    }
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      let body = chunk.length
      if (missing < 0) {
        head += chunk.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        status = head.slice(9, 12)
        missing = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        body = head.length - end - 4
        head = ''
      }
      missing -= body
      if (missing > 0) return
      missing = -1
      onAnswer(performance.now() - sentAt, status === '200')
      send()
    })
  })
}

/** A whole POST, ready to be written to a socket. */
export function post(path: string, type: string, body: string): Buffer {
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
