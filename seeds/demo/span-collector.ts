import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Takes what the gateway's trace exporter sends (OTLP over HTTP, JSON) and keeps it for a search. */
export interface SpanCollector {
  url: string
  bodies(): Buffer[]
  close(): Promise<void>
}

export async function createSpanCollector(): Promise<SpanCollector> {
  const bodies: Buffer[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies: () => bodies,
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
