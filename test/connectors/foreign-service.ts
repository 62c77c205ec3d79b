import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

/** A department's HTTP service, made to order: answers what the test tells it and remembers what it was asked. */
export interface ForeignService {
  url: string
  seen: Seen[]
  /** Requests received and not yet answered or dropped. */
  running(): number
  answer: (request: Seen, response: ServerResponse) => void
  close(): Promise<void>
}

export async function foreignService(answer: ForeignService['answer'] = () => undefined): Promise<ForeignService> {
  let running = 0
  const service = { seen: [] as Seen[], running: () => running, answer } as ForeignService
  const server: Server = createServer((request, response) => {
    running += 1
    response.on('close', () => {
      running -= 1
    })
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
      service.seen.push(seen)
      service.answer(seen, response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  service.close = async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  return service
}

export const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8' }).end(JSON.stringify(body))
}
