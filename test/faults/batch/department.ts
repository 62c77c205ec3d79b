import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { BATCH_MEMBERS, bulk, ndjson, sha256, subjectOf } from '../../batches/bulk.ts'
import { strangerId } from '../../batches/stranger-id.ts'
import type { Plant } from './plant.ts'

export interface ReadResults {
  rows: number
  /** Rows with evidence. */
  proven: number
  inOrder: boolean
  sha256: string
}

/** What a department's system does with a large batch, patient while servers come and go. */
export function department(plant: Plant) {
  const system = bulk(plant)

  /** Everything a client would try again: the server away, or saying that it is unavailable. */
  async function patiently<T>(what: string, work: () => Promise<T>, withinMs = 60_000): Promise<T> {
    for (const until = Date.now() + withinMs; ; await sleep(250)) {
      try {
        return await work()
      } catch (thrown) {
        if (Date.now() > until) throw new Error(`${what}: ${(thrown as Error).message}`, { cause: thrown })
      }
    }
  }
  async function ok(method: string, path: string, body?: Buffer | string): Promise<Record<string, unknown>> {
    const answered = await system.send(method, path, body === undefined ? {} : { body })
    if (answered.status !== 200) throw new Error(answered.text)
    return answered.json()
  }

  return {
    /** Lines about nobody, numbered so that no two batches ask about the same people. */
    linesOf: (count: number, from = 0) =>
      Array.from({ length: count }, (_none, at) => ({
        line: at + 1,
        subject: subjectOf({ id: strangerId(from + at) }),
        case: `BULK-2026-${from + at + 1}`,
      })),
    /** No cached answer will do, so that the sources' own count shows what was asked twice. */
    async begin(lines: readonly object[]): Promise<string> {
      const body = ndjson(lines)
      const created = await system.create({
        ...BATCH_MEMBERS,
        maxAgeSeconds: 0,
        count: lines.length,
        subjectsSha256: sha256(body),
      })
      if (created.status !== 201) throw new Error(created.text)
      const id = String(created.json().id)
      await ok('PUT', `/${id}/subjects`, body)
      return id
    },
    view: (id: string) => patiently('view', () => ok('GET', `/${id}`)),
    /** The bytes go through a digest and are not kept. */
    results: (id: string): Promise<ReadResults> =>
      patiently('results', async () => {
        const url = plant.gateway.dataUrl
        const headers = { authorization: `Bearer ${await system.bearer(url)}` }
        return await readStream(`${url}/v1/batches/${id}/results`, headers)
      }),
    acknowledge: (id: string, digest: string) =>
      patiently('ack', () => ok('POST', `/${id}/results/ack`, JSON.stringify({ sha256: digest }))),
    send: system.send,
  }
}

function readStream(url: string, headers: Record<string, string>): Promise<ReadResults> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { headers }, (response) => {
      const digest = createHash('sha256')
      let rest = ''
      let rows = 0
      let proven = 0
      let inOrder = true
      response.on('data', (chunk: Buffer) => {
        digest.update(chunk)
        const lines = (rest + chunk.toString('latin1')).split('\n')
        rest = lines.pop()!
        for (const text of lines) {
          rows += 1
          inOrder &&= text.startsWith(`{"line":${rows},`)
          if (text.includes('"evidence":"ey')) proven += 1
        }
      })
      response.on('error', reject)
      response.on('end', () =>
        response.complete && response.statusCode === 200
          ? resolve({ rows, proven, inOrder, sha256: digest.digest('base64url') })
          : reject(new Error(`results ended early or with ${response.statusCode}`)),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}
