import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Witness } from './witness.ts'

/** A checkpoint with its signatures and 63 proof lines is far smaller. */
const MAX_BODY_BYTES = 65_536

export interface ServedWitness {
  /** Submission prefix. */
  url: string
  close(): Promise<void>
}

/** `POST /add-checkpoint`, and `GET /` with the witness's vkey for whoever sets up a policy. */
export async function serveWitness(
  witness: Witness,
  { host = '127.0.0.1', port = 0 }: { host?: string; port?: number } = {},
): Promise<ServedWitness> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: string, contentType = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body)
    }
    try {
      if (request.url === '/' && request.method === 'GET') return answer(200, `${witness.vkey}\n`)
      if (request.url !== '/add-checkpoint') return answer(404, 'not found\n')
      if (request.method !== 'POST') return answer(405, 'use POST\n')
      const body = await readBody(request)
      if (body === undefined) return answer(413, 'too large\n')
      const reply = await witness.addCheckpoint(body)
      answer(reply.status, reply.body, reply.contentType)
    } catch {
      answer(500, 'the witness failed\n')
    }
  })
  server.requestTimeout = 10_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
