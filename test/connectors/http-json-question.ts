import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect } from 'vitest'
import { configSchema } from '../../connectors/http-json/config.ts'
import { httpJson } from '../../connectors/http-json/index.ts'
import type { ConnectorDeps, Lookup } from '../../gateway/ports/connector.ts'
import { caller } from '../conformance/connector.ts'
import { type ForeignService, foreignService, json } from './foreign-service.ts'

export const NOW = Date.UTC(2026, 10, 20, 16, 30, 5)
export const valid = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(configSchema)
export const BASE = {
  endpoint: 'svc',
  request: { path: '/q', body: { id: '{{input.id}}' } },
  records: { path: 'rows' },
}

export let service: ForeignService
beforeAll(async () => {
  service = await foreignService()
})
afterAll(() => service.close())

export const deps = (change: Partial<ConnectorDeps> = {}): ConnectorDeps => ({
  datasetId: 'd',
  fields: [{ id: 'v', type: 'string' }],
  inputs: ['id', 'name'],
  networks: ['127.0.0.1'],
  endpoint: { url: service.url, secret: { appId: 'app-7', key: 'hush' } },
  timeoutMs: 2_000,
  now: () => NOW,
  newId: () => 'uuid-1',
  ...change,
})

export interface Ask {
  config?: object
  inputs?: Record<string, string>
  type?: string
  fields?: ConnectorDeps['fields']
  who?: Lookup['caller']
}
export async function ask({ config = {}, inputs = { id: 'x' }, type = 'string', fields, who = caller }: Ask = {}) {
  const whole = { ...BASE, ...config }
  expect(valid(whole), JSON.stringify(valid.errors)).toBe(true)
  const declared = fields ?? [{ id: 'v', type }]
  const connector = httpJson.create(whole, deps({ fields: declared }))
  service.seen.length = 0
  const lookup = { subjectType: 'person' as const, inputs, fields: declared.map(({ id }) => id), caller: who }
  try {
    return await connector.fetch(lookup, new AbortController().signal)
  } finally {
    await connector.close()
  }
}
export const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (error) => error.code,
  )
export const answers = (body: unknown, status = 200) => {
  service.answer = (_request, response) => json(response, body, status)
}
export const request = (template: object) => ({ request: { path: '/q', ...template } })
